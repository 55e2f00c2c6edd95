use test_support::{Database, TestDatabase};
use uuid::Uuid;
use vault::{Aad, MasterKey, Vault};

pub(crate) const TEAM: Uuid = Uuid::from_u128(1);
pub(crate) const OTHER_TEAM: Uuid = Uuid::from_u128(2);
pub(crate) const CONTACT: Uuid = Uuid::from_u128(3);

/// One database, and as many processes with it as a test needs.
pub(crate) struct App {
    pub(crate) database: TestDatabase,
    pub(crate) master: MasterKey,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self {
            database: TestDatabase::create(Database::Vault).await,
            master: MasterKey::generate(),
        }
    }

    /// As a process that was just started has it.
    pub(crate) fn vault(&self) -> Vault {
        Vault::new(self.database.pool.clone(), self.master.clone())
    }
}

/// The place of a profile of this contact.
pub(crate) fn profile_of(team_id: Uuid, contact_id: Uuid) -> Aad<'static> {
    Aad {
        team_id,
        subject_id: contact_id,
        event_id: Uuid::from_u128(77),
        event_type: "fanfare.events.contacts.v1.ContactImported",
    }
}
