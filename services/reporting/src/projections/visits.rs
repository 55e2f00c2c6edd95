use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::IngressLogEvent;
use sqlx::PgTransaction;

use super::{attributions, clicks::Clicks, orders::Orders, visitors::Visitors};

/// Projects clicks and orders, and which click each order goes to, from the log of ingress.
///
/// Clicks and orders come in any order. Each time, the orders that the new facts may move are
/// attributed anew.
#[derive(Debug)]
pub struct Visits;

impl Handler for Visits {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut clicks = Clicks::default();
        let mut orders = Orders::default();
        let mut visitors = Visitors::default();
        for logged in events {
            match IngressLogEvent::decode(&logged.event_type, &logged.payload)? {
                IngressLogEvent::LinkClicked(event) => clicks.add(logged, &event, &mut visitors)?,
                IngressLogEvent::OrderPlaced(event) => orders.add(logged, event, &mut visitors)?,
                IngressLogEvent::WebhookReceived(_)
                | IngressLogEvent::MessageProgressed(_)
                | IngressLogEvent::UnsubscribeRequested(_)
                | IngressLogEvent::AddressSuppressed(_) => {}
            }
        }
        visitors.lock(tx).await?;
        clicks.save(tx).await?;
        orders.save(tx).await?;
        attributions::renew(tx, &visitors).await?;
        Ok(())
    }
}
