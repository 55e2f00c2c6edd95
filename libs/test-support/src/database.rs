//! A database for one test.

use local_stack::{Database, create_database, migrate, with_database};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::servers::{admin_url, postgres_log};

/// Enough for a service, and few enough for many tests at once.
const CONNECTIONS_MAX: u32 = 10;
pub(crate) const PREFIX: &str = "fanfare_test_";

/// A migrated database of the test's own.
#[derive(Debug)]
pub struct TestDatabase {
    pub pool: PgPool,
    pub url: String,
}

impl TestDatabase {
    pub async fn create(database: Database) -> Self {
        let template = template(database).await;
        let name = unique_name(database);
        execute(format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let url = with_database(admin_url().await, &name);
        Self {
            pool: connect(&url).await,
            url,
        }
    }

    /// Another pool to the same database, as another process would have.
    pub async fn another_pool(&self) -> PgPool {
        connect(&self.url).await
    }
}

/// The migrated database that those of the tests are copied from. Nobody may be connected to it meanwhile.
async fn template(database: Database) -> &'static str {
    static TEMPLATES: [OnceCell<String>; Database::ALL.len()] =
        [const { OnceCell::const_new() }; Database::ALL.len()];
    TEMPLATES[database as usize]
        .get_or_init(|| async {
            let name = unique_name(database);
            create_database(admin_url().await, &name)
                .await
                .expect("cannot create a template");
            let pool = connect(&with_database(admin_url().await, &name)).await;
            migrate(database, &pool).await.expect("cannot migrate");
            pool.close().await;
            name
        })
        .await
}

pub(crate) fn unique_name(database: Database) -> String {
    format!("{PREFIX}{}_{}", database.name(), Uuid::now_v7().simple())
}

async fn connect(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .connect(url)
        .await
        .unwrap_or_else(|error| unreachable_server(&error))
}

/// A server that crashed says why only in its log.
fn unreachable_server(error: &sqlx::Error) -> ! {
    panic!(
        "cannot connect to Postgres: {error}\nIts log ends with:\n{}",
        postgres_log()
    )
}

async fn execute(sql: String) {
    let mut connection = PgConnection::connect(admin_url().await)
        .await
        .unwrap_or_else(|error| unreachable_server(&error));
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .expect("cannot execute");
    connection
        .close()
        .await
        .expect("cannot close the connection");
}
