use chrono::{DateTime, Utc};
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

use crate::profiles::SealedProfile;

/// A receiver that takes nothing for so long does not hold the snapshot any longer.
const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
                        SET LOCAL idle_in_transaction_session_timeout = '5min'";

/// A contact as the read model has it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) contact_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) tag_ids: Vec<Uuid>,
    pub(super) status: i16,
    pub(super) subscribed_at: Option<DateTime<Utc>>,
    pub(super) last_interaction_at: Option<DateTime<Utc>>,
    ordinal: i32,
    profile_event_id: Option<Uuid>,
    profile_event_type: Option<String>,
    sealed_profile: Option<Vec<u8>>,
}

impl Row {
    /// Takes the sealed profile out, if there is one.
    pub(super) fn profile(&mut self) -> Option<SealedProfile> {
        Some(SealedProfile {
            contact_id: self.contact_id,
            ordinal: self.ordinal,
            event_id: self.profile_event_id?,
            event_type: self.profile_event_type.take()?,
            sealed: self.sealed_profile.take()?,
        })
    }
}

pub(super) async fn snapshot(pool: &PgPool) -> sqlx::Result<PgTransaction<'static>> {
    let mut tx = pool.begin().await?;
    sqlx::raw_sql(SNAPSHOT).execute(&mut *tx).await?;
    Ok(tx)
}

/// Contacts in the order of their ordinals. Those erased meanwhile are left out.
pub(super) async fn read(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    ordinals: &[i32],
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        "SELECT contact_id, account_id, tag_ids, status, subscribed_at, last_interaction_at,
                ordinal, profile_event_id, profile_event_type, sealed_profile
         FROM contacts
         WHERE team_id = $1 AND ordinal = ANY ($2) AND erased_at IS NULL
         ORDER BY ordinal",
        team_id,
        ordinals,
    )
    .fetch_all(&mut **tx)
    .await
}
