//! Databases that tests leave on a server that outlives them.

use std::time::{Duration, SystemTime};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::database::PREFIX;

/// Longer than any test runs.
const AGE_MIN: Duration = Duration::from_hours(1);

pub(crate) async fn drop_leftovers(admin_url: &str) {
    let mut connection = PgConnection::connect(admin_url)
        .await
        .expect("cannot connect to Postgres");
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut connection)
        .await
        .expect("cannot list databases");
    let now = SystemTime::now();
    for name in names.iter().filter(|name| is_leftover(name, now)) {
        // Other processes drop the same ones.
        let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        drop(sqlx::raw_sql(sql).execute(&mut connection).await);
    }
    connection
        .close()
        .await
        .expect("cannot close the connection");
}

/// Reads the age in the name's UUID.
fn is_leftover(name: &str, now: SystemTime) -> bool {
    let created_at = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.rsplit_once('_'))
        .and_then(|(_, id)| Uuid::try_parse(id).ok()?.get_timestamp())
        .map(|timestamp| SystemTime::UNIX_EPOCH + Duration::from_secs(timestamp.to_unix().0));
    created_at
        .and_then(|created_at| now.duration_since(created_at).ok())
        .is_some_and(|age| age > AGE_MIN)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use local_stack::Database;

    use super::{AGE_MIN, is_leftover};
    use crate::database::unique_name;

    #[test]
    fn only_old_databases_of_tests_are_left_over() {
        let now = SystemTime::now();
        let name = unique_name(Database::Contacts);

        assert!(!is_leftover(&name, now));
        assert!(is_leftover(&name, now + 2 * AGE_MIN));
        assert!(!is_leftover("contacts", now + 2 * AGE_MIN));
        assert!(!is_leftover("fanfare_test_of_mine", now + 2 * AGE_MIN));
    }
}
