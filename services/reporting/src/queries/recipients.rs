use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{Page, People, PlaceKey};

/// A person frozen in, and what became of them.
#[derive(Debug)]
pub(crate) struct Recipient {
    pub(crate) contact_id: Uuid,
    pub(crate) status: i16,
    pub(crate) told: i16,
    pub(crate) failure_class: i16,
    pub(crate) code: String,
    pub(crate) settled_at: Option<DateTime<Utc>>,
}

/// `people`, in the order that they are sent to, from `from` on.
pub(crate) async fn list_recipients(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_id: Uuid,
    people: &People,
    from: PlaceKey,
    limit: u32,
) -> sqlx::Result<Page<Recipient, PlaceKey>> {
    // The runs that it takes to have one person too many, and only their slices of ids.
    let runs = sqlx::query!(
        r#"SELECT runs.chunk_index, runs.first_place AS "first_place!", runs.status,
                runs.told, runs.failure_class, runs.code, runs.settled_at,
                substring(chunks.contact_ids FROM runs.first_place * 16 + 1 FOR runs.places * 16) AS "contact_ids!"
         FROM (
             SELECT chunk_id, chunk_index, first_place, places, status, told, failure_class, code, settled_at,
                    sum(places) OVER (ORDER BY chunk_index, first_place) - places AS people_before
             FROM (
                 SELECT chunk_id, chunk_index, status, told, failure_class, code, settled_at,
                        GREATEST(first_place, skipped) AS first_place,
                        first_place + places - GREATEST(first_place, skipped) AS places
                 FROM (
                     SELECT chunk_id, chunk_index, first_place, places, status, told, failure_class,
                            code, settled_at,
                            CASE WHEN chunk_index = $4 THEN $5 ELSE 0 END AS skipped
                     FROM outcome_runs
                     WHERE team_id = $1 AND broadcast_id = $2 AND status = ANY($3)
                         AND told = ANY($7) AND ($8::text IS NULL OR code = $8)
                         AND chunk_index >= $4 AND (chunk_index, first_place + places) > ($4, $5)
                     ORDER BY outcome_runs.chunk_index, outcome_runs.first_place
                     LIMIT $6
                 ) AS whole
             ) AS cut
         ) AS runs
         JOIN chunks ON chunks.chunk_id = runs.chunk_id
         WHERE people_before < $6
         ORDER BY runs.chunk_index, runs.first_place"#,
        team_id,
        broadcast_id,
        people.statuses,
        from.row,
        from.place,
        i64::from(limit) + 1,
        people.told,
        people.code,
    )
    .fetch_all(&mut **tx)
    .await?;

    let mut listed = Vec::new();
    for run in &runs {
        for (place, contact_id) in (run.first_place..).zip(events::ids(&run.contact_ids)) {
            let key = PlaceKey {
                row: run.chunk_index,
                place,
            };
            let recipient = Recipient {
                contact_id,
                status: run.status,
                told: run.told,
                failure_class: run.failure_class,
                code: run.code.clone(),
                settled_at: run.settled_at,
            };
            listed.push((key, recipient));
        }
    }
    Ok(Page::from_next(listed, limit))
}
