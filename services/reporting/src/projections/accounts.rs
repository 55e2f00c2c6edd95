use event_bus::{Handler, HandlerError};
use event_store::LoggedEvent;
use events::contact::AccountConnected;
use prost::{Message as _, Name as _};
use reporting_domain::Currency;
use sqlx::PgTransaction;

use super::malformed::{malformed, text, time};

/// Projects what accounts pay for a message, from the log of contacts.
#[derive(Debug)]
pub struct Accounts;

impl Handler for Accounts {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        // The rest of that log, whole contact files, is not even decoded.
        let connected = AccountConnected::full_name();
        for event in events.iter().filter(|event| event.event_type == connected) {
            project(tx, event).await?;
        }
        Ok(())
    }
}

/// A team connects an account once in a while, so these come one by one.
async fn project(tx: &mut PgTransaction<'_>, logged: &LoggedEvent) -> Result<(), HandlerError> {
    let event = AccountConnected::decode(logged.payload.as_slice())
        .map_err(|error| malformed("payload", error))?;
    let account_id = uuid::Uuid::from_slice(&event.account_id)
        .map_err(|error| malformed("account_id", error))?;
    let price = event
        .message_price
        .filter(|price| !price.currency.is_empty());
    if let Some(price) = &price {
        Currency::parse(&price.currency).map_err(|error| malformed("message_price", error))?;
    }
    sqlx::query!(
        "INSERT INTO account_terms
             (account_id, version, team_id, connected_at, country, price_currency, price_micros)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        account_id,
        logged.version,
        logged.team_id,
        time("connected_at", event.connected_at.as_ref())?,
        text("country", event.country)?,
        price.as_ref().map(|price| price.currency.as_str()),
        price.as_ref().map(|price| price.micros),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
