use std::collections::{BTreeMap, HashMap};

use sqlx::PgPool;
use uuid::Uuid;

use super::{row::Stored, rows::Rows};

/// Gives each new contact a place among its team's.
///
/// In a transaction of its own, so that batches of one team do not wait for each other; one that
/// fails afterwards leaves a gap. It need not wait for the disk either: the batch's commit comes
/// later in the same write-ahead log, and takes it along.
pub(super) async fn give(pool: &PgPool, rows: &Rows<'_>) -> sqlx::Result<HashMap<Uuid, i32>> {
    let mut new: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (contact_id, row) in rows {
        if matches!(row.stored, Stored::New) {
            new.entry(row.team_id).or_default().push(*contact_id);
        }
    }
    let mut ordinals = HashMap::new();
    if new.is_empty() {
        return Ok(ordinals);
    }
    let teams: Vec<Uuid> = new.keys().copied().collect();
    let counts: Vec<i32> = new
        .values()
        .map(|of_team| i32::try_from(of_team.len()).unwrap_or(i32::MAX))
        .collect();
    let given = sqlx::query!(
        r#"
        WITH later AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
        INSERT INTO ordinals (team_id, last)
        SELECT team_id, count FROM later, unnest($1::uuid[], $2::integer[]) AS new (team_id, count)
        ON CONFLICT (team_id) DO UPDATE SET last = ordinals.last + excluded.last
        RETURNING team_id, last
        "#,
        &teams,
        &counts,
    )
    .fetch_all(pool)
    .await?;
    for row in given {
        let of_team = new.remove(&row.team_id).unwrap_or_default();
        ordinals.extend(of_team.into_iter().rev().zip((1..=row.last).rev()));
    }
    Ok(ordinals)
}
