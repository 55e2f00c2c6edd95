use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{
    outcome::Outcome,
    recipients::Chunk,
    runs::{Run, Runs},
};

/// Takes the outcomes of chunks out of the table, to be written anew.
pub(super) async fn take(
    tx: &mut PgTransaction<'_>,
    chunk_ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Chunk>> {
    let mut chunks = BTreeMap::new();
    if chunk_ids.is_empty() {
        return Ok(chunks);
    }
    let mut rows = sqlx::query!(
        "DELETE FROM outcome_runs
         WHERE chunk_id = ANY($1)
         RETURNING chunk_id, first_place, places, team_id, broadcast_id, chunk_index, status,
                   failure_class, code, told, settled_at",
        chunk_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.sort_by_key(|row| (row.chunk_id, row.first_place));
    for row in rows {
        let chunk = chunks.entry(row.chunk_id).or_insert_with(|| Chunk {
            team_id: row.team_id,
            broadcast_id: row.broadcast_id,
            index: row.chunk_index,
            runs: Runs(Vec::new()),
        });
        chunk.runs.0.push(Run {
            first: row.first_place,
            places: row.places,
            outcome: Outcome {
                status: row.status,
                failure_class: row.failure_class,
                code: row.code,
                told: row.told,
                settled_at: row.settled_at,
            },
        });
    }
    Ok(chunks)
}

/// Writes the outcomes of chunks that have none in the table.
pub(super) async fn insert(
    tx: &mut PgTransaction<'_>,
    chunks: &BTreeMap<Uuid, Chunk>,
) -> sqlx::Result<()> {
    let rows: Vec<(&Uuid, &Chunk, &Run)> = chunks
        .iter()
        .flat_map(|(id, chunk)| chunk.runs.0.iter().map(move |run| (id, chunk, run)))
        .collect();
    let settled_at: Vec<Option<DateTime<Utc>>> = rows
        .iter()
        .map(|(_, _, run)| run.outcome.settled_at)
        .collect();
    sqlx::query!(
        "INSERT INTO outcome_runs
             (chunk_id, first_place, places, team_id, broadcast_id, chunk_index, status,
              failure_class, code, told, settled_at)
         SELECT chunk_id, first_place, places, team_id, broadcast_id, chunk_index, status,
                failure_class, code, told, settled_at
         FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::uuid[], $5::uuid[], $6::integer[],
                     $7::smallint[], $8::smallint[], $9::text[], $10::smallint[], $11::timestamptz[])
             AS runs (chunk_id, first_place, places, team_id, broadcast_id, chunk_index, status,
                      failure_class, code, told, settled_at)",
        &rows.iter().map(|(id, _, _)| **id).collect::<Vec<_>>(),
        &rows.iter().map(|(_, _, run)| run.first).collect::<Vec<_>>(),
        &rows.iter().map(|(_, _, run)| run.places).collect::<Vec<_>>(),
        &rows.iter().map(|(_, chunk, _)| chunk.team_id).collect::<Vec<_>>(),
        &rows.iter().map(|(_, chunk, _)| chunk.broadcast_id).collect::<Vec<_>>(),
        &rows.iter().map(|(_, chunk, _)| chunk.index).collect::<Vec<_>>(),
        &rows.iter().map(|(_, _, run)| run.outcome.status).collect::<Vec<_>>(),
        &rows.iter().map(|(_, _, run)| run.outcome.failure_class).collect::<Vec<_>>(),
        &rows.iter().map(|(_, _, run)| run.outcome.code.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|(_, _, run)| run.outcome.told).collect::<Vec<_>>(),
        &settled_at as &[Option<DateTime<Utc>>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
