//! Profiles are opened when somebody asks for them, a page at a time with one query for the keys.

use events::contact::Profile;
use prost::Message as _;
use sqlx::PgPool;
use uuid::Uuid;
use vault::{Aad, ContactKey, ContactKeys, OpenError, SealKey, Vault, VaultError};

/// A profile as the log has it, and what its seal is bound to.
#[derive(Debug)]
pub(crate) struct SealedProfile {
    pub(crate) contact_id: Uuid,
    pub(crate) ordinal: i32,
    pub(crate) event_id: Uuid,
    pub(crate) event_type: String,
    pub(crate) sealed: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    #[error("cannot read profiles")]
    Database(#[from] sqlx::Error),
    #[error("cannot read keys")]
    Vault(#[from] VaultError),
    #[error("a profile can't be opened")]
    Open(#[from] OpenError),
    #[error("a profile can't be decoded")]
    Decode(#[from] prost::DecodeError),
    #[error("opening profiles was broken off")]
    BrokenOff,
}

/// Opens profiles of a team; `None` where the contact's key is gone.
pub(crate) async fn open(
    vault: &Vault,
    team_id: Uuid,
    profiles: Vec<SealedProfile>,
) -> Result<Vec<(SealedProfile, Option<Profile>)>, ProfileError> {
    let contact_ids: Vec<Uuid> = profiles.iter().map(|profile| profile.contact_id).collect();
    let keys = vault.contact_keys(team_id, &contact_ids).await?;
    let opened = tokio::task::spawn_blocking(move || {
        let profiles = profiles.into_iter();
        profiles
            .map(|sealed| {
                let opened = open_one(&keys, team_id, &sealed)?;
                Ok((sealed, opened))
            })
            .collect()
    });
    opened.await.unwrap_or(Err(ProfileError::BrokenOff))
}

fn open_one(
    keys: &ContactKeys,
    team_id: Uuid,
    sealed: &SealedProfile,
) -> Result<Option<Profile>, ProfileError> {
    let key: &SealKey = match keys.get(sealed.contact_id) {
        Some(ContactKey::Live(key)) => key,
        Some(ContactKey::Erased) | None => return Ok(None),
    };
    let aad = Aad {
        team_id,
        subject_id: sealed.contact_id,
        event_id: sealed.event_id,
        event_type: &sealed.event_type,
    };
    let plain = key.open(&aad, &sealed.sealed)?;
    Ok(Some(Profile::decode(plain.as_slice())?))
}

/// The profiles of those contacts who have one, in no order.
pub(crate) async fn of_contacts(
    pool: &PgPool,
    team_id: Uuid,
    contact_ids: &[Uuid],
) -> sqlx::Result<Vec<SealedProfile>> {
    sqlx::query_as!(
        SealedProfile,
        r#"SELECT contact_id, ordinal, profile_event_id AS "event_id!",
                  profile_event_type AS "event_type!", sealed_profile AS "sealed!"
           FROM contacts
           WHERE contact_id = ANY($2) AND team_id = $1 AND sealed_profile IS NOT NULL"#,
        team_id,
        contact_ids,
    )
    .fetch_all(pool)
    .await
}

/// The team's next profiles after `ordinal`, in the order of their ordinals.
pub(crate) async fn after_ordinal(
    pool: &PgPool,
    team_id: Uuid,
    ordinal: i32,
    limit: i64,
) -> sqlx::Result<Vec<SealedProfile>> {
    sqlx::query_as!(
        SealedProfile,
        r#"SELECT contact_id, ordinal, profile_event_id AS "event_id!",
                  profile_event_type AS "event_type!", sealed_profile AS "sealed!"
           FROM contacts
           WHERE team_id = $1 AND ordinal > $2 AND sealed_profile IS NOT NULL
           ORDER BY ordinal LIMIT $3"#,
        team_id,
        ordinal,
        limit,
    )
    .fetch_all(pool)
    .await
}
