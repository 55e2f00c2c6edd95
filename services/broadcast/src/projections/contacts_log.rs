use event_bus::{Handler, HandlerError};
use event_store::LoggedEvent;
use sqlx::PgTransaction;

use super::{accounts::Accounts, erasures::Erasures};

/// What all events of accounts are named after.
const ACCOUNT_EVENTS: &str = "fanfare.events.contacts.v1.Account";

/// What this service learns from the log of contacts: read once, and of an import not even decoded.
#[derive(Debug)]
pub(crate) struct ContactsLog;

impl Handler for ContactsLog {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let of_accounts = logged.iter();
        let of_accounts: Vec<LoggedEvent> = of_accounts
            .filter(|logged| logged.event_type.starts_with(ACCOUNT_EVENTS))
            .cloned()
            .collect();
        Accounts.apply(tx, &of_accounts).await?;
        Erasures.apply(tx, logged).await
    }
}
