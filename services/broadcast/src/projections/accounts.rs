use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::ContactsLogEvent;
use sqlx::PgTransaction;

/// The accounts that broadcasts are sent from.
#[derive(Debug)]
pub(crate) struct Accounts;

impl Handler for Accounts {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        for event in events {
            match ContactsLogEvent::decode(&event.event_type, &event.payload)? {
                ContactsLogEvent::AccountConnected(account) => {
                    // Accounts are few: a statement each is no cost.
                    sqlx::query!(
                        "INSERT INTO accounts (account_id, team_id, channel, name, sealed_credentials)
                         VALUES ($1, $2, $3, $4, $5)
                         ON CONFLICT (account_id) DO UPDATE
                         SET name = excluded.name, sealed_credentials = excluded.sealed_credentials",
                        events::id(&account.account_id),
                        event.team_id,
                        account.channel,
                        account.name,
                        account.sealed_credentials,
                    )
                    .execute(&mut **tx)
                    .await?;
                }
                ContactsLogEvent::Imported(_)
                | ContactsLogEvent::Followed(_)
                | ContactsLogEvent::Interacted(_)
                | ContactsLogEvent::Blocked(_) => {}
            }
        }
        Ok(())
    }
}
