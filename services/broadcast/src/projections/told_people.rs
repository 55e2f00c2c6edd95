//! Of channels that tell until when somebody has got or read everything, and do not name the messages.

use chrono::{DateTime, Utc};
use events::common::{Channel, ProgressKind};
use sqlx::PgTransaction;
use uuid::Uuid;

/// Somebody, as a team's channels tell of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Person<'a> {
    pub(super) team_id: Uuid,
    pub(super) key: &'a [u8],
}

/// A message, when the channel sent it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) place: (Uuid, i32),
    pub(super) at: DateTime<Utc>,
}

/// Until when somebody has got everything, and until when they have read it.
#[derive(Debug)]
struct Until {
    delivered: Option<DateTime<Utc>>,
    read: Option<DateTime<Utc>>,
}

/// What was told of the person before the message was known is of the message as well.
pub(super) async fn sent_to(
    tx: &mut PgTransaction<'_>,
    person: Person<'_>,
    channel: Channel,
    sent: Sent,
) -> sqlx::Result<()> {
    let until = lock(tx, person).await?;
    let read = until.read.filter(|until| sent.at <= *until);
    let delivered = until.delivered.filter(|until| sent.at < *until);
    let told = match (read, delivered) {
        (Some(at), _) => (ProgressKind::Read, at),
        (None, Some(at)) => (ProgressKind::Delivered, at),
        (None, None) => return Ok(()),
    };
    let ((chunk_id, place), (kind, at)) = (sent.place, told);
    sqlx::query!(
        "INSERT INTO told_progress (team_id, chunk_id, place, channel, kind, code, occurred_at)
         VALUES ($1, $2, $3, $4, $5, '', $6)",
        person.team_id,
        chunk_id,
        place,
        i32::from(channel),
        i32::from(kind),
        at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Everything that the person was sent before, and is known, is delivered; or then and before, and read.
pub(super) async fn told_until(
    tx: &mut PgTransaction<'_>,
    person: Person<'_>,
    channel: Channel,
    kind: ProgressKind,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let until = lock(tx, person).await?;
    let (before, is_read) = match kind {
        ProgressKind::Delivered => (until.delivered, false),
        ProgressKind::Read => (until.read, true),
        ProgressKind::Unspecified | ProgressKind::Accepted | ProgressKind::Failed => return Ok(()),
    };
    if before.is_some_and(|before| at <= before) {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE told_people
         SET read_until = CASE WHEN $3 THEN $4 ELSE read_until END,
             delivered_until = CASE WHEN $3 THEN delivered_until ELSE $4 END,
             told_at = now()
         WHERE team_id = $1 AND person_key = $2",
        person.team_id,
        person.key,
        is_read,
        at,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "INSERT INTO told_progress (team_id, chunk_id, place, channel, kind, code, occurred_at)
         SELECT team_id, chunk_id, place, $3, $4, '', $5
         FROM message_places
         WHERE team_id = $1 AND person_key = $2 AND chunk_id IS NOT NULL
             AND (sent_at < $5 OR ($6 AND sent_at = $5))
             AND ($7::timestamptz IS NULL OR sent_at >= $7)",
        person.team_id,
        person.key,
        i32::from(channel),
        i32::from(kind),
        at,
        is_read,
        before,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Waits for whoever tells of the person at this moment, and sees all that they told.
async fn lock(tx: &mut PgTransaction<'_>, person: Person<'_>) -> sqlx::Result<Until> {
    sqlx::query!(
        "INSERT INTO told_people (team_id, person_key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        person.team_id,
        person.key,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query_as!(
        Until,
        "SELECT delivered_until AS delivered, read_until AS read FROM told_people
         WHERE team_id = $1 AND person_key = $2
         FOR UPDATE",
        person.team_id,
        person.key,
    )
    .fetch_one(&mut **tx)
    .await
}
