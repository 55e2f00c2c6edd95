//! Databases of a server.

use anyhow::{Context, Result, bail};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, error::DatabaseError, postgres::PgConnectOptions,
};

const DUPLICATE_DATABASE: &str = "42P04";
/// Two at the same time: the second finds the first's row in the catalogue.
const UNIQUE_VIOLATION: &str = "23505";

/// The URL of another database on the same server.
pub fn with_database(url: &str, database: &str) -> String {
    let (location, options) = match url.split_once('?') {
        Some((location, options)) => (location, Some(options)),
        None => (url, None),
    };
    let authority = location
        .find("://")
        .map_or(0, |scheme| scheme + "://".len());
    let server = location[authority..]
        .find('/')
        .map_or(location, |path| &location[..authority + path]);
    match options {
        Some(options) => format!("{server}/{database}?{options}"),
        None => format!("{server}/{database}"),
    }
}

/// Creates a database unless it is there. `admin_url` is any database of the server.
pub async fn create_database(admin_url: &str, name: &str) -> Result<()> {
    if !name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        bail!("{name} is not a name for a database");
    }
    let options: PgConnectOptions = admin_url.parse().context("cannot parse the database URL")?;
    let mut connection = options
        .connect()
        .await
        .context("cannot connect to Postgres")?;
    let created = sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await;
    let is_there = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(DatabaseError::code);
        matches!(code.as_deref(), Some(DUPLICATE_DATABASE | UNIQUE_VIOLATION))
    };
    if let Err(error) = created
        && !is_there(&error)
    {
        return Err(error).with_context(|| format!("cannot create the database {name}"));
    }
    connection
        .close()
        .await
        .context("cannot close the connection")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_of_a_url_changes() {
        assert_eq!(
            with_database("postgres://u:p@h:5432/one", "two"),
            "postgres://u:p@h:5432/two"
        );
        assert_eq!(
            with_database("postgres://h/one?sslmode=require", "two"),
            "postgres://h/two?sslmode=require"
        );
        assert_eq!(with_database("postgres://h", "two"), "postgres://h/two");
        assert_eq!(
            with_database("postgres://h?host=/run", "two"),
            "postgres://h/two?host=/run"
        );
    }
}
