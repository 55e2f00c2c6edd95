use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::Page;

/// An order that goes to a broadcast.
#[derive(Debug)]
pub(crate) struct AttributedOrder {
    pub(crate) order_id: String,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) currency: String,
    pub(crate) minor_units: i64,
    pub(crate) clicked_at: DateTime<Utc>,
}

/// An order's place in the list, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderKey {
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) order_id: String,
}

/// The newest first, from after `after` on.
pub(crate) async fn list_attributed_orders(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_id: Uuid,
    after: Option<&OrderKey>,
    limit: u32,
) -> sqlx::Result<Page<AttributedOrder, OrderKey>> {
    let orders = sqlx::query_as!(
        AttributedOrder,
        "SELECT order_id, attributions.placed_at, orders.currency, orders.minor_units,
                attributions.clicked_at
         FROM attributions
         JOIN orders USING (team_id, order_id)
         WHERE team_id = $1 AND attributions.broadcast_id = $2
             AND ($3::timestamptz IS NULL OR (attributions.placed_at, order_id) < ($3, $4::text))
         ORDER BY attributions.placed_at DESC, order_id DESC
         LIMIT $5",
        team_id,
        broadcast_id,
        after.map(|after| after.placed_at),
        after.map(|after| after.order_id.as_str()),
        i64::from(limit) + 1,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(Page::after_last(orders, limit, |order| OrderKey {
        placed_at: order.placed_at,
        order_id: order.order_id.clone(),
    }))
}
