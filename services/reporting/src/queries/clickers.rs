use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::Page;

/// Who clicked.
#[derive(Debug)]
pub(crate) struct Clicker {
    /// A contact or a browser.
    pub(crate) id: Uuid,
    pub(crate) is_contact: bool,
    pub(crate) first_clicked_at: DateTime<Utc>,
}

/// By who it is, and not by time: an earlier click may yet arrive, and would move somebody from page
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
        "SELECT clicker_id AS id, is_contact, first_clicked_at
         FROM clickers
         WHERE team_id = $1 AND broadcast_id = $2 AND ($3::uuid IS NULL OR clicker_id > $3)
         ORDER BY clicker_id
         LIMIT $4",
        team_id,
        broadcast_id,
        after,
        i64::from(limit) + 1,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(Page::after_last(clickers, limit, |clicker| clicker.id))
}
