//! The log that accounts come from, as the contacts service keeps it.

use bootstrap::AuthConfig;
use event_sourcing::{EventCodec as _, StreamId};
use events::AccountEvent;
use test_support::{Database, PeerLog, TestNats};
use uuid::Uuid;

use crate::app::{ACCOUNT, AUTH_SECRET, TEAM};

pub(crate) struct Contacts {
    pub(crate) log: PeerLog,
}

impl Contacts {
    pub(crate) async fn start(nats: &TestNats) -> Self {
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        Self {
            log: PeerLog::start(nats, Database::Contacts, "contacts", &auth).await,
        }
    }

    /// Something happened to the account.
    pub(crate) async fn tell(&self, event: AccountEvent) {
        let stream = StreamId {
            category: "account",
            id: ACCOUNT,
        };
        self.log
            .append(TEAM, stream, Uuid::now_v7(), event.encode())
            .await;
    }
}
