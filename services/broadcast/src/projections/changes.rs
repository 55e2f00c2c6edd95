//! What each event changes in the list of broadcasts.

use std::collections::BTreeMap;

use broadcast_domain::Audience;
use events::{
    broadcasts::{
        AudienceFrozen, BroadcastCompleted, BroadcastConfirmed, BroadcastDrafted, BroadcastPaused,
        BroadcastResumed, BroadcastStopped, PauseReason,
    },
    from_timestamp,
};
use prost::Message as _;
use sqlx::PgTransaction;
use uuid::Uuid;

pub(super) async fn drafted(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    event: &BroadcastDrafted,
) -> sqlx::Result<()> {
    let (clear, sealed) = match Audience::from(event) {
        Audience::Clear(filter) => (Some(filter.encode_to_vec()), None),
        Audience::Sealed { filter, .. } => (None, Some(filter)),
    };
    sqlx::query!(
        "INSERT INTO broadcasts
             (broadcast_id, team_id, account_id, name, state, audience, sealed_audience, drafted_at)
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7)",
        events::id(&event.broadcast_id),
        team_id,
        events::id(&event.account_id),
        event.name,
        clear,
        sealed,
        from_timestamp(event.drafted_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn confirmed(
    tx: &mut PgTransaction<'_>,
    event: &BroadcastConfirmed,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE broadcasts SET state = 'preparing', confirmed_at = $2 WHERE broadcast_id = $1",
        events::id(&event.broadcast_id),
        from_timestamp(event.confirmed_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn frozen(tx: &mut PgTransaction<'_>, event: &AudienceFrozen) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE broadcasts SET state = 'sending', included = $2, chunk_count = $3
         WHERE broadcast_id = $1",
        events::id(&event.broadcast_id),
        event.included,
        i32::try_from(event.chunk_count).unwrap_or(i32::MAX),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn paused(
    tx: &mut PgTransaction<'_>,
    event: &BroadcastPaused,
) -> sqlx::Result<()> {
    let why = match event.reason() {
        PauseReason::Credentials => "the channel refuses the account",
        PauseReason::Quota => "the month's quota is used up",
        PauseReason::Restricted => "the channel has restricted the account",
        PauseReason::Channel => "the channel does not say what became of messages",
        PauseReason::Unspecified => "paused",
    };
    sqlx::query!(
        "UPDATE broadcasts SET state = 'paused', state_detail = $2 WHERE broadcast_id = $1",
        events::id(&event.broadcast_id),
        format!("{why}: {}; mend it, then resume", event.detail),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn resumed(
    tx: &mut PgTransaction<'_>,
    event: &BroadcastResumed,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE broadcasts SET state = 'sending', state_detail = '' WHERE broadcast_id = $1",
        events::id(&event.broadcast_id),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn stopped(
    tx: &mut PgTransaction<'_>,
    event: &BroadcastStopped,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE broadcasts SET state = 'stopped', state_detail = $2 WHERE broadcast_id = $1",
        events::id(&event.broadcast_id),
        format!(
            "the channel refuses the content ({}): {}",
            event.code, event.detail
        ),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn completed(
    tx: &mut PgTransaction<'_>,
    event: &BroadcastCompleted,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE broadcasts SET state = 'done', state_detail = '', completed_at = $2
         WHERE broadcast_id = $1",
        events::id(&event.broadcast_id),
        from_timestamp(event.completed_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds the people who got an outcome, in the order of the broadcasts' ids.
pub(super) async fn settled(
    tx: &mut PgTransaction<'_>,
    settled: &BTreeMap<Uuid, i64>,
) -> sqlx::Result<()> {
    if settled.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = settled.keys().copied().collect();
    let people: Vec<i64> = settled.values().copied().collect();
    sqlx::query!(
        "INSERT INTO broadcast_progress (broadcast_id, settled)
         SELECT broadcast_id, settled
         FROM unnest($1::uuid[], $2::bigint[]) AS rows (broadcast_id, settled)
         ON CONFLICT (broadcast_id) DO UPDATE
         SET settled = broadcast_progress.settled + excluded.settled",
        &ids,
        &people,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
