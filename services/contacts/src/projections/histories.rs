use std::collections::BTreeMap;

use sqlx::PgTransaction;
use uuid::Uuid;

use super::row::ContactRow;

/// Writes what rows have no room for, and forgets what there was of erased contacts. Rare: a contact
/// has to be in dozens of events about many contacts.
pub(super) async fn save(
    tx: &mut PgTransaction<'_>,
    rows: &BTreeMap<Uuid, ContactRow>,
) -> sqlx::Result<()> {
    for (contact_id, row) in rows {
        for positions in &row.history.older {
            sqlx::query!(
                "INSERT INTO contact_history (contact_id, last_position, positions) VALUES ($1, $2, $3)
                 ON CONFLICT DO NOTHING",
                contact_id,
                positions.last().copied().unwrap_or_default(),
                positions,
            )
            .execute(&mut **tx)
            .await?;
        }
    }
    let erased: Vec<Uuid> = rows
        .iter()
        .filter(|(_, row)| row.state.erased_at.is_some())
        .map(|(contact_id, _)| *contact_id)
        .collect();
    if !erased.is_empty() {
        sqlx::query!(
            "DELETE FROM contact_history WHERE contact_id = ANY($1)",
            &erased,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
