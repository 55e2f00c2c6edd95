use std::collections::BTreeSet;

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{SegmentsLogEvent, from_timestamp, id, segments::SegmentSaved};
use sqlx::PgTransaction;
use uuid::Uuid;

/// Keeps every version of each segment, until the segment is deleted.
#[derive(Debug)]
pub(crate) struct SegmentsProjection;

impl Handler for SegmentsProjection {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut saved = Vec::new();
        let mut deleted = BTreeSet::new();
        for logged in logged {
            match SegmentsLogEvent::decode(&logged.event_type, &logged.payload)? {
                SegmentsLogEvent::Saved(event) => saved.push((logged.team_id, event)),
                SegmentsLogEvent::Deleted(event) => {
                    deleted.insert((logged.team_id, id(&event.segment_id)));
                }
            }
        }
        // What has been deleted is not saved again.
        saved.retain(|(team_id, event)| !deleted.contains(&(*team_id, id(&event.segment_id))));
        insert(tx, &saved).await?;
        delete(tx, deleted).await?;
        Ok(())
    }
}

async fn insert(tx: &mut PgTransaction<'_>, saved: &[(Uuid, SegmentSaved)]) -> sqlx::Result<()> {
    if saved.is_empty() {
        return Ok(());
    }
    let teams: Vec<Uuid> = saved.iter().map(|(team_id, _)| *team_id).collect();
    let events = || saved.iter().map(|(_, event)| event);
    let segments: Vec<Uuid> = events().map(|event| id(&event.segment_id)).collect();
    let versions: Vec<i64> = events().map(|event| event.version).collect();
    let names: Vec<&str> = events().map(|event| event.name.as_str()).collect();
    let accounts: Vec<Option<Uuid>> = events()
        .map(|event| (!event.account_id.is_empty()).then(|| id(&event.account_id)))
        .collect();
    let filters: Vec<&[u8]> = events()
        .map(|event| event.sealed_filter.as_slice())
        .collect();
    let times: Vec<_> = events()
        .map(|event| from_timestamp(event.saved_at.as_ref()).unwrap_or_default())
        .collect();
    sqlx::query!(
        "INSERT INTO segment_versions
             (team_id, segment_id, version, name, account_id, sealed_filter, saved_at)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[],
                              $6::bytea[], $7::timestamptz[])",
        &teams,
        &segments,
        &versions,
        &names as &[&str],
        &accounts as &[Option<Uuid>],
        &filters as &[&[u8]],
        &times,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn delete(tx: &mut PgTransaction<'_>, deleted: BTreeSet<(Uuid, Uuid)>) -> sqlx::Result<()> {
    if deleted.is_empty() {
        return Ok(());
    }
    let (teams, segments): (Vec<Uuid>, Vec<Uuid>) = deleted.into_iter().unzip();
    sqlx::query!(
        "DELETE FROM segment_versions s
         USING unnest($1::uuid[], $2::uuid[]) AS gone (team_id, segment_id)
         WHERE s.team_id = gone.team_id AND s.segment_id = gone.segment_id",
        &teams,
        &segments,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
