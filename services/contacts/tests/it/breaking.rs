//! Breaks a statement of the service's inside Postgres, as if the process had died there.

use sqlx::{AssertSqlSafe, PgPool};
use test_support::eventually;

use crate::app::App;

/// A statement, as a trigger names it, and the rows of it that break.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a>(pub(crate) &'a str, pub(crate) &'a str);

/// What happens to the statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Break {
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

impl App {
    pub(crate) async fn break_at(&self, place: Place<'_>, what: Break) {
        let function = match what {
            Break::Fail => "fail",
            Break::Hold => "hold",
        };
        let Place(statement, row) = place;
        let sql = format!(
            "{REACHED} CREATE TRIGGER broken BEFORE {statement}
             FOR EACH ROW WHEN ({row}) EXECUTE FUNCTION {function}()"
        );
        run(&self.database.pool, sql).await;
    }

    /// Waits until the service has got there.
    pub(crate) async fn broken(&self) {
        eventually("the service gets to where it breaks", async || {
            (self.times_reached().await > 0).then_some(())
        })
        .await;
    }

    pub(crate) async fn mend(&self, place: Place<'_>) {
        let (_, table) = place.0.split_once(" ON ").unwrap();
        // Those who wait hold the table, so that they go first.
        run(
            &self.database.pool,
            "INSERT INTO mended DEFAULT VALUES".to_owned(),
        )
        .await;
        run(
            &self.database.pool,
            format!("DROP TRIGGER broken ON {table}"),
        )
        .await;
        let forget = "ALTER SEQUENCE reached RESTART; TRUNCATE mended";
        run(&self.database.pool, forget.to_owned()).await;
    }

    async fn times_reached(&self) -> i64 {
        sqlx::query_scalar("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM reached")
            .fetch_one(&self.database.pool)
            .await
            .unwrap()
    }
}

async fn run(pool: &PgPool, sql: String) {
    let sql = AssertSqlSafe(sql);
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}
