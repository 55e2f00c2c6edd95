use std::collections::HashMap;

use chrono::{DateTime, Utc};
use reporting_domain::{ATTRIBUTION_WINDOW, Click, attribute};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::visitors::Visitors;

type VisitorKey = (Uuid, Uuid);

#[derive(Debug)]
struct PlacedOrder {
    team_id: Uuid,
    order_id: String,
    visitor_id: Uuid,
    placed_at: DateTime<Utc>,
}

/// Attributes the orders anew that changed clicks or orders of `visitors` may have moved.
///
/// Clicks are only ever added, so an order that had a click keeps one.
pub(super) async fn renew(tx: &mut PgTransaction<'_>, visitors: &Visitors) -> sqlx::Result<()> {
    if visitors.is_empty() {
        return Ok(());
    }
    let orders = orders_of(tx, visitors).await?;
    if orders.is_empty() {
        return Ok(());
    }
    let clicks = clicks_before(tx, &orders).await?;
    let attributed: Vec<(&PlacedOrder, &Click)> = orders
        .iter()
        .filter_map(|order| {
            let clicks = clicks.get(&(order.team_id, order.visitor_id))?;
            Some((
                order,
                attribute(order.placed_at, clicks, ATTRIBUTION_WINDOW)?,
            ))
        })
        .collect();
    save(tx, &attributed).await
}

async fn orders_of(
    tx: &mut PgTransaction<'_>,
    visitors: &Visitors,
) -> sqlx::Result<Vec<PlacedOrder>> {
    let columns = visitors.columns();
    sqlx::query_as!(
        PlacedOrder,
        r#"SELECT orders.team_id, orders.order_id, changed.visitor_id AS "visitor_id!", orders.placed_at
         FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
             AS changed (team_id, visitor_id, first_at, last_at)
         JOIN orders
             ON orders.team_id = changed.team_id
             AND orders.visitor_id = changed.visitor_id
             AND orders.placed_at BETWEEN changed.first_at AND changed.last_at"#,
        &columns.team_ids,
        &columns.visitor_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **tx)
    .await
}

/// Each visitor's clicks that may be the last before one of `orders`, by time.
async fn clicks_before(
    tx: &mut PgTransaction<'_>,
    orders: &[PlacedOrder],
) -> sqlx::Result<HashMap<VisitorKey, Vec<Click>>> {
    let from: Vec<DateTime<Utc>> = orders
        .iter()
        .map(|order| order.placed_at - ATTRIBUTION_WINDOW)
        .collect();
    let rows = sqlx::query!(
        "SELECT clicks.team_id, clicks.visitor_id, clicks.clicked_at, clicks.click_id,
                clicks.broadcast_id
         FROM (
             SELECT team_id, visitor_id, min(first_at) AS first_at, max(last_at) AS last_at
             FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
                 AS orders (team_id, visitor_id, first_at, last_at)
             GROUP BY team_id, visitor_id
         ) AS spans
         JOIN clicks
             ON clicks.team_id = spans.team_id
             AND clicks.visitor_id = spans.visitor_id
             AND clicks.clicked_at BETWEEN spans.first_at AND spans.last_at
         ORDER BY clicks.team_id, clicks.visitor_id, clicks.clicked_at, clicks.click_id",
        &orders.iter().map(|order| order.team_id).collect::<Vec<_>>(),
        &orders
            .iter()
            .map(|order| order.visitor_id)
            .collect::<Vec<_>>(),
        &from,
        &orders
            .iter()
            .map(|order| order.placed_at)
            .collect::<Vec<_>>(),
    )
    .fetch_all(&mut **tx)
    .await?;

    let mut clicks: HashMap<VisitorKey, Vec<Click>> = HashMap::new();
    for row in rows {
        clicks
            .entry((row.team_id, row.visitor_id))
            .or_default()
            .push(Click {
                clicked_at: row.clicked_at,
                click_id: row.click_id,
                broadcast_id: row.broadcast_id,
            });
    }
    Ok(clicks)
}

async fn save(
    tx: &mut PgTransaction<'_>,
    attributed: &[(&PlacedOrder, &Click)],
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO attributions (team_id, order_id, placed_at, broadcast_id, click_id, clicked_at)
         SELECT team_id, order_id, placed_at, broadcast_id, click_id, clicked_at
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::timestamptz[])
             AS attributed (team_id, order_id, placed_at, broadcast_id, click_id, clicked_at)
         ORDER BY team_id, order_id
         ON CONFLICT (team_id, order_id) DO UPDATE
         SET broadcast_id = excluded.broadcast_id, click_id = excluded.click_id,
             clicked_at = excluded.clicked_at
         WHERE attributions.click_id <> excluded.click_id",
        &attributed.iter().map(|(order, _)| order.team_id).collect::<Vec<_>>(),
        &attributed.iter().map(|(order, _)| order.order_id.clone()).collect::<Vec<_>>(),
        &attributed.iter().map(|(order, _)| order.placed_at).collect::<Vec<_>>(),
        &attributed.iter().map(|(_, click)| click.broadcast_id).collect::<Vec<_>>(),
        &attributed.iter().map(|(_, click)| click.click_id).collect::<Vec<_>>(),
        &attributed.iter().map(|(_, click)| click.clicked_at).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
