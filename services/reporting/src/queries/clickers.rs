use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::Page;

/// A browser in which a person clicked.
#[derive(Debug)]
pub(crate) struct Clicker {
    pub(crate) visitor_id: Uuid,
    pub(crate) first_clicked_at: DateTime<Utc>,
}

/// By browser, and not by time: an earlier click may yet arrive, and would move somebody from page
/// to page.
pub(crate) async fn list_clickers(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_id: Uuid,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Page<Clicker, Uuid>> {
    let clickers = sqlx::query_as!(
        Clicker,
        "SELECT visitor_id, first_clicked_at
         FROM clickers
         WHERE team_id = $1 AND broadcast_id = $2 AND ($3::uuid IS NULL OR visitor_id > $3)
         ORDER BY visitor_id
         LIMIT $4",
        team_id,
        broadcast_id,
        after,
        i64::from(limit) + 1,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(Page::after_last(clickers, limit, |clicker| {
        clicker.visitor_id
    }))
}
