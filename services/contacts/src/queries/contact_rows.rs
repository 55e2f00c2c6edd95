use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contacts_domain::{Consent, ContactState, ContactStatus, OptedOut, PURPOSES};
use events::contact::Profile;
use proto::contacts::v1::{Contact, ContactStatus as WireStatus, OptOut};
use sqlx::PgPool;
use uuid::Uuid;
use vault::{ContactKeys, Vault};

use crate::sealing::{Place, open_profile};

/// A contact as the read model has it.
pub(super) struct ContactRow {
    pub(super) contact_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) sealed_profile: Option<Vec<u8>>,
    pub(super) profile_event_id: Option<Uuid>,
    pub(super) profile_event_type: Option<String>,
    pub(super) tag_ids: Vec<Uuid>,
    pub(super) consent: Option<Vec<u8>>,
    pub(super) subscribed_at: Option<DateTime<Utc>>,
    pub(super) last_interaction_at: Option<DateTime<Utc>>,
    pub(super) followed_at: Option<DateTime<Utc>>,
    pub(super) blocked_at: Option<DateTime<Utc>>,
    pub(super) site_bound_at: Option<DateTime<Utc>>,
    pub(super) site_unbound_at: Option<DateTime<Utc>>,
}

/// The rows of a page as the team sees them: one query for all their keys, one for their tags' names.
pub(super) async fn opened(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    rows: Vec<ContactRow>,
) -> anyhow::Result<Vec<Contact>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.contact_id).collect();
    let keys = vault.contact_keys(team_id, &ids).await?;
    let mut tag_ids: Vec<Uuid> = rows.iter().flat_map(|row| row.tag_ids.clone()).collect();
    tag_ids.sort_unstable();
    tag_ids.dedup();
    let names = tag_names(pool, team_id, &tag_ids).await?;
    rows.into_iter()
        .map(|row| {
            let profile = row.profile(team_id, &keys)?;
            Ok(row.contact(profile, &names))
        })
        .collect()
}

/// The names of those tags that the team has or had; `None` of one that was deleted.
pub(crate) async fn tag_names(
    pool: &PgPool,
    team_id: Uuid,
    tag_ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Option<String>>> {
    if tag_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT tag_id, name FROM tags WHERE team_id = $1 AND tag_id = ANY($2)",
        team_id,
        tag_ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.tag_id, row.name)).collect())
}

impl ContactRow {
    /// Empty where nothing is known, or the key is gone.
    fn profile(&self, team_id: Uuid, keys: &ContactKeys) -> anyhow::Result<Profile> {
        let (Some(sealed), Some(event), Some(event_type)) = (
            &self.sealed_profile,
            self.profile_event_id,
            &self.profile_event_type,
        ) else {
            return Ok(Profile::default());
        };
        let place = Place {
            team: team_id,
            contact: self.contact_id,
            event,
        };
        let profile = open_profile(keys, place, event_type, sealed)?;
        Ok(profile.unwrap_or_default())
    }

    fn contact(self, profile: Profile, names: &HashMap<Uuid, Option<String>>) -> Contact {
        let mut tags: Vec<String> = self
            .tag_ids
            .iter()
            .filter_map(|tag_id| names.get(tag_id).cloned().flatten())
            .collect();
        tags.sort_unstable();
        let etag = self
            .profile_event_id
            .map(|event| event.simple().to_string());
        let state = ContactState {
            tag_ids: self.tag_ids,
            subscribed_at: self.subscribed_at,
            last_interaction_at: self.last_interaction_at,
            followed_at: self.followed_at,
            blocked_at: self.blocked_at,
            consent: Consent::decode(self.consent.as_deref()),
            site_bound_at: self.site_bound_at,
            site_unbound_at: self.site_unbound_at,
            erased_at: None,
        };
        Contact {
            contact_id: self.contact_id.to_string(),
            account_id: self.account_id.to_string(),
            external_id: profile.external_id,
            display_name: profile.display_name,
            phone: profile.phone,
            email: profile.email,
            member_number: profile.member_number,
            tags,
            status: status(&state).into(),
            subscribed_at: state.subscribed_at.map(events::to_timestamp),
            last_interaction_at: state.last_interaction_at.map(events::to_timestamp),
            opt_outs: opt_outs(&state.consent),
            site_bound: state.site_bound(),
            etag: etag.unwrap_or_default(),
        }
    }
}

fn status(state: &ContactState) -> WireStatus {
    match state.status() {
        ContactStatus::Subscribed => WireStatus::Subscribed,
        ContactStatus::Unsubscribed => WireStatus::Unsubscribed,
        ContactStatus::Blocked => WireStatus::Blocked,
        ContactStatus::Erased => WireStatus::Unspecified,
    }
}

fn opt_outs(consent: &Consent) -> Vec<OptOut> {
    let opted_out = |purpose| {
        let (by_person, at) = match consent.of(purpose).opted_out()? {
            OptedOut::ByPerson(at) => (true, at),
            OptedOut::ByTeam(at) => (false, at),
        };
        Some(OptOut {
            purpose: purpose.into(),
            by_person,
            at: Some(events::to_timestamp(at)),
        })
    };
    PURPOSES.into_iter().filter_map(opted_out).collect()
}
