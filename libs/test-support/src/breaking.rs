//! Breaks a statement of a service's inside Postgres, as if the process had died there.

use sqlx::{AssertSqlSafe, PgPool};

use crate::eventually;

/// A statement, as a trigger names it, and the rows of it that break.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a>(pub &'a str, pub &'a str);

/// What happens to the statement.
#[derive(Debug, Clone, Copy)]
pub enum Break {
    /// It fails.
    Fail,
    /// It waits until it is mended, then takes effect, though whoever sent it may be long gone.
    Hold,
}

const REACHED: &str = "CREATE SEQUENCE IF NOT EXISTS reached; CREATE TABLE IF NOT EXISTS mended ();
    CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('reached');
        RAISE EXCEPTION 'broken by the test';
    END $$;
    CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('reached');
        WHILE NOT EXISTS (SELECT FROM mended) LOOP PERFORM pg_sleep(0.01); END LOOP;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$;";

/// A service under test, in whose database statements can be broken, one place at a time.
#[expect(async_fn_in_trait, reason = "tests await it where they are")]
pub trait Breakable {
    /// Of the service's database.
    fn pool(&self) -> &PgPool;

    async fn break_at(&self, place: Place<'_>, what: Break) {
        let function = match what {
            Break::Fail => "fail",
            Break::Hold => "hold",
        };
        let Place(statement, row) = place;
        let sql = format!(
            "{REACHED} CREATE TRIGGER broken BEFORE {statement}
             FOR EACH ROW WHEN ({row}) EXECUTE FUNCTION {function}()"
        );
        run(self.pool(), sql).await;
    }

    /// Waits until the service has got there.
    async fn broken(&self) {
        eventually("the service gets to where it breaks", async || {
            (self.times_reached().await > 0).then_some(())
        })
        .await;
    }

    async fn mend(&self, place: Place<'_>) {
        let table = place.0.split_once(" ON ").map(|(_, table)| table);
        let table = table.expect("a place is a statement ON a table");
        // Those who wait hold the table, so that they go first.
        let mended = "INSERT INTO mended DEFAULT VALUES";
        run(self.pool(), mended.to_owned()).await;
        run(self.pool(), format!("DROP TRIGGER broken ON {table}")).await;
        let forget = "ALTER SEQUENCE reached RESTART; TRUNCATE mended";
        run(self.pool(), forget.to_owned()).await;
    }

    /// How often the service has got there.
    async fn times_reached(&self) -> i64 {
        sqlx::query_scalar("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM reached")
            .fetch_one(self.pool())
            .await
            .expect("nothing is broken")
    }
}

async fn run(pool: &PgPool, sql: String) {
    let sql = AssertSqlSafe(sql);
    sqlx::raw_sql(sql)
        .execute(pool)
        .await
        .expect("cannot break or mend");
}
