//! Which migrations each database has.

use sqlx::{
    PgPool,
    migrate::{MigrateError, Migrator},
};

static LOG: Migrator = sqlx::migrate!("../../migrations/log");
static CONSUMER: Migrator = sqlx::migrate!("../../migrations/consumer");
static CONTACTS: Migrator = sqlx::migrate!("../../migrations/contacts");
static SEGMENTATION: Migrator = sqlx::migrate!("../../migrations/segmentation");
static BROADCAST: Migrator = sqlx::migrate!("../../migrations/broadcast");
static INGRESS: Migrator = sqlx::migrate!("../../migrations/ingress");
static REPORTING: Migrator = sqlx::migrate!("../../migrations/reporting");
static VAULT: Migrator = sqlx::migrate!("../../migrations/vault");

/// A database of one context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Database {
    Contacts,
    Segmentation,
    Broadcast,
    Ingress,
    Reporting,
    Vault,
}

impl Database {
    pub const ALL: [Self; 6] = [
        Self::Contacts,
        Self::Segmentation,
        Self::Broadcast,
        Self::Ingress,
        Self::Reporting,
        Self::Vault,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Segmentation => "segmentation",
            Self::Broadcast => "broadcast",
            Self::Ingress => "ingress",
            Self::Reporting => "reporting",
            Self::Vault => "vault",
        }
    }

    /// The shared migrations have lower versions than any database's own.
    fn parts(self) -> Vec<&'static Migrator> {
        match self {
            Self::Contacts => vec![&LOG, &CONSUMER, &CONTACTS],
            Self::Segmentation => vec![&LOG, &CONSUMER, &SEGMENTATION],
            Self::Broadcast => vec![&LOG, &CONSUMER, &BROADCAST],
            Self::Ingress => vec![&LOG, &CONSUMER, &INGRESS],
            Self::Reporting => vec![&CONSUMER, &REPORTING],
            Self::Vault => vec![&VAULT],
        }
    }

    fn migrator(self) -> Migrator {
        let parts = self.parts().into_iter();
        Migrator::with_migrations(parts.flat_map(Migrator::iter).cloned().collect())
    }
}

/// Applies the migrations that the database does not have yet. Safe to run from several processes at once.
pub async fn migrate(database: Database, pool: &PgPool) -> Result<(), MigrateError> {
    database.migrator().run(pool).await
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Database;

    #[test]
    fn no_version_is_given_twice_in_a_database() {
        for database in Database::ALL {
            let migrator = database.migrator();
            let versions: HashSet<i64> =
                migrator.iter().map(|migration| migration.version).collect();
            assert_eq!(
                versions.len(),
                migrator.iter().count(),
                "{}",
                database.name()
            );
        }
    }

    #[test]
    fn a_database_has_its_shared_tables_first() {
        for database in Database::ALL {
            let versions: Vec<i64> = database
                .parts()
                .into_iter()
                .flat_map(|part| part.iter())
                .map(|migration| migration.version)
                .collect();
            assert!(versions.is_sorted(), "{}: {versions:?}", database.name());
        }
    }
}
