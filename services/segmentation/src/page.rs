//! Contacts as people see them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::{common::Purpose, contact::Profile, to_timestamp};
use proto::segmentation::v1::SegmentContact;
use uuid::Uuid;

use crate::{
    contacts::Contacts,
    index::{Team, Words},
    profiles::{self, ProfileError, SealedProfile},
};

struct Row {
    contact_id: Uuid,
    account_id: Uuid,
    ordinal: i32,
    tag_ids: Vec<Uuid>,
    status: i16,
    opted_out: i16,
    site_bound: bool,
    subscribed_at: Option<DateTime<Utc>>,
    last_interaction_at: Option<DateTime<Utc>>,
    profile_event_id: Option<Uuid>,
    profile_event_type: Option<String>,
    sealed_profile: Option<Vec<u8>>,
}

/// These contacts, in the order of their ordinals; without those who were erased meanwhile.
pub(crate) async fn read(
    contacts: &Contacts,
    team_id: Uuid,
    team: &Team,
    ordinals: &[i32],
) -> Result<Vec<SegmentContact>, ProfileError> {
    if ordinals.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = sqlx::query_as!(
        Row,
        "SELECT contact_id, account_id, ordinal, tag_ids, status, opted_out, site_bound,
                subscribed_at, last_interaction_at, profile_event_id, profile_event_type,
                sealed_profile
         FROM contacts WHERE team_id = $1 AND ordinal = ANY($2) AND erased_at IS NULL
         ORDER BY ordinal",
        team_id,
        ordinals,
    )
    .fetch_all(&contacts.pool)
    .await?;
    let sealed = rows.iter_mut().filter_map(sealed).collect();
    let opened = profiles::open(&contacts.vault, team_id, sealed).await?;
    let mut opened: HashMap<Uuid, Option<Profile>> = opened
        .into_iter()
        .map(|(sealed, profile)| (sealed.contact_id, profile))
        .collect();
    let index = team.read();
    let shown = rows.into_iter().filter_map(|row| {
        // A contact with a profile that can't be opened any more is being erased.
        let profile = opened
            .remove(&row.contact_id)
            .unwrap_or_else(|| Some(Profile::default()));
        Some(contact(&row, profile?, index.words()))
    });
    Ok(shown.collect())
}

fn sealed(row: &mut Row) -> Option<SealedProfile> {
    Some(SealedProfile {
        contact_id: row.contact_id,
        ordinal: row.ordinal,
        event_id: row.profile_event_id?,
        event_type: row.profile_event_type.take()?,
        sealed: row.sealed_profile.take()?,
    })
}

fn contact(row: &Row, profile: Profile, words: &Words) -> SegmentContact {
    let tags = row
        .tag_ids
        .iter()
        .filter_map(|tag_id| words.tag_name(*tag_id));
    let mut tags: Vec<String> = tags.map(str::to_owned).collect();
    tags.sort_unstable();
    SegmentContact {
        contact_id: row.contact_id.to_string(),
        account_id: row.account_id.to_string(),
        display_name: profile.display_name,
        tags,
        status: row.status.into(),
        subscribed_at: row.subscribed_at.map(to_timestamp),
        last_interaction_at: row.last_interaction_at.map(to_timestamp),
        channel: words.channel(row.account_id).unwrap_or_default(),
        external_id: profile.external_id,
        phone: profile.phone,
        email: profile.email,
        member_number: profile.member_number,
        site_bound: row.site_bound,
        opted_out_of: purposes(row.opted_out),
    }
}

fn purposes(bits: i16) -> Vec<i32> {
    let all = contacts_domain::PURPOSES.into_iter();
    all.filter(|purpose: &Purpose| bits & (1 << i32::from(*purpose)) != 0)
        .map(i32::from)
        .collect()
}
