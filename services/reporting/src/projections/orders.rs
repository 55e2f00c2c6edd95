use chrono::{DateTime, Utc};
use event_bus::HandlerError;
use event_store::LoggedEvent;
use events::ingested::OrderPlaced;
use reporting_domain::Currency;
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{
    malformed::{malformed, text, time},
    visitors::Visitors,
};

/// The orders that a batch of events tells of.
#[derive(Debug, Default)]
pub(super) struct Orders {
    team_ids: Vec<Uuid>,
    order_ids: Vec<String>,
    placed_at: Vec<DateTime<Utc>>,
    currencies: Vec<String>,
    minor_units: Vec<i64>,
    visitor_ids: Vec<Option<Uuid>>,
}

impl Orders {
    pub(super) fn add(
        &mut self,
        logged: &LoggedEvent,
        event: OrderPlaced,
        visitors: &mut Visitors,
    ) -> Result<(), HandlerError> {
        let placed_at = time("placed_at", event.placed_at.as_ref())?;
        let total = event.total.ok_or_else(|| malformed("total", "no amount"))?;
        Currency::parse(&total.currency).map_err(|error| malformed("total", error))?;
        let order_id = text("order_id", event.order_id)?;
        let visitor_id = visitor_id(&event.visitor_id)?;
        self.team_ids.push(logged.team_id);
        self.order_ids.push(order_id);
        self.placed_at.push(placed_at);
        self.currencies.push(total.currency);
        self.minor_units.push(total.minor_units);
        self.visitor_ids.push(visitor_id);
        if let Some(visitor_id) = visitor_id {
            visitors.ordered(logged.team_id, visitor_id, placed_at);
        }
        Ok(())
    }

    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        if self.order_ids.is_empty() {
            return Ok(());
        }
        // An order is journalled once. Were one told again, its stream would have both, in order:
        // the first holds.
        sqlx::query!(
            "INSERT INTO orders (team_id, order_id, placed_at, currency, minor_units, visitor_id)
             SELECT team_id, order_id, placed_at, currency, minor_units, visitor_id
             FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[], $6::uuid[])
                 AS orders (team_id, order_id, placed_at, currency, minor_units, visitor_id)
             ON CONFLICT (team_id, order_id) DO NOTHING",
            &self.team_ids,
            &self.order_ids,
            &self.placed_at,
            &self.currencies,
            &self.minor_units,
            &self.visitor_ids as &[Option<Uuid>],
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// None where the shop did not know the browser.
fn visitor_id(bytes: &[u8]) -> Result<Option<Uuid>, HandlerError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    Uuid::from_slice(bytes)
        .map(Some)
        .map_err(|error| malformed("visitor_id", error))
}
