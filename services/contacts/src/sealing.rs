//! What is sealed, with which key, and bound to what. Nothing else here knows of keys.

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, TimeDelta};
use contacts_domain::{ContactRow, fold_email, fold_name, fold_phone};
use event_store::LoggedEvent;
use events::{
    contact::{AccountCredentials, ContactInteracted, ContactMessageSent, Profile},
    ingested::WebhookReceived,
};
use prost::{Message as _, Name as _};
use uuid::Uuid;
use vault::{Aad, ContactKeys, LookupKey, OpenError, SealKey, Vault, VaultError};

/// What a row is compared by.
#[derive(Debug)]
pub(crate) struct Fingerprints {
    pub(crate) identity: [u8; 32],
    /// Of the member number, if there is one.
    pub(crate) member_key: Option<[u8; 32]>,
    /// Of the name, the address and the number as they are compared, where there is one.
    pub(crate) name_key: Option<[u8; 32]>,
    pub(crate) email_key: Option<[u8; 32]>,
    pub(crate) phone_key: Option<[u8; 32]>,
}

impl Fingerprints {
    pub(crate) fn new(lookup: &LookupKey, account_id: Uuid, row: &ContactRow) -> Self {
        let profile = &row.profile;
        let member_number = profile.member_number.as_ref();
        let name = some(fold_name(&profile.display_name));
        let email = some(fold_email(&profile.email));
        let phone = some(fold_phone(&profile.phone));
        Self {
            identity: lookup.identity(account_id, row.external_id.as_str()),
            member_key: member_number.map(|number| lookup.member(number.as_str())),
            name_key: name.map(|name| lookup.name(&name)),
            email_key: email.map(|email| lookup.email(&email)),
            phone_key: phone.map(|phone| lookup.phone(&phone)),
        }
    }

    /// Enough of the identity to tell some millions of people apart.
    pub(crate) fn short_identity(&self) -> u64 {
        let (short, _) = self.identity.split_first_chunk().unwrap_or((&[0; 8], &[]));
        u64::from_be_bytes(*short)
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// What a row is compared by with the one that was imported last: whatever would make another contact of it.
pub(crate) fn row_digest(
    lookup: &LookupKey,
    row: &ContactRow,
    tag_ids: &[Uuid],
    keeps_tags: bool,
) -> [u8; 32] {
    lookup.digest(&canonical(row, tag_ids, keeps_tags))
}

/// The row as bytes that are the same for the same content, and different for any other.
fn canonical(row: &ContactRow, tag_ids: &[Uuid], keeps_tags: bool) -> Vec<u8> {
    let profile = &row.profile;
    let member_number = profile.member_number.as_ref();
    let mut bytes = Vec::with_capacity(256);
    let texts = [
        row.external_id.as_str(),
        &profile.display_name,
        &profile.phone,
        &profile.email,
        member_number.map_or("", |number| number.as_str()),
    ];
    for text in texts {
        bytes.extend_from_slice(&text.len().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.push(keeps_tags.into());
    bytes.extend_from_slice(&tag_ids.len().to_be_bytes());
    for tag_id in tag_ids {
        bytes.extend_from_slice(tag_id.as_bytes());
    }
    for time in [row.subscribed_at, row.last_interaction_at] {
        let microseconds = time.map_or(i64::MIN, |time| time.timestamp_micros());
        bytes.extend_from_slice(&microseconds.to_be_bytes());
    }
    bytes
}

/// Where in the log sealed bytes are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) team: Uuid,
    pub(crate) contact: Uuid,
    pub(crate) event: Uuid,
}

/// `event_type` is the full name of the message that the profile is a field of.
pub(crate) fn seal_profile(
    key: &SealKey,
    place: Place,
    event_type: &str,
    profile: &Profile,
) -> Vec<u8> {
    key.seal(&place.aad(event_type), &profile.encode_to_vec())
}

/// Opens a profile of an event of this type. `None`: the contact's key was destroyed.
pub(crate) fn open_profile(
    keys: &ContactKeys,
    place: Place,
    event_type: &str,
    sealed: &[u8],
) -> anyhow::Result<Option<Profile>> {
    let opened = keys
        .open(&place.aad(event_type), sealed)
        .context("cannot open a profile")?;
    let profile = opened
        .plain()
        .map(|plain| Profile::decode(plain.as_slice()));
    profile.transpose().context("cannot decode a profile")
}

/// Which field holds what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealedContent {
    /// What a person wrote, or the data of a button.
    Written,
    /// What a person was sent by another system.
    Sent,
}

impl SealedContent {
    /// Beside a sealed profile it is the second field of its event.
    fn field(self) -> String {
        let event_type = match self {
            Self::Written => ContactInteracted::full_name(),
            Self::Sent => ContactMessageSent::full_name(),
        };
        format!("{event_type}.sealed_content")
    }
}

pub(crate) fn seal_content(
    key: &SealKey,
    place: Place,
    of: SealedContent,
    content: &str,
) -> Vec<u8> {
    key.seal(&place.aad(&of.field()), content.as_bytes())
}

/// Empty: nothing was said, or the contact's key was destroyed.
pub(crate) fn open_content(
    keys: &ContactKeys,
    place: Place,
    of: SealedContent,
    sealed: &[u8],
) -> anyhow::Result<String> {
    if sealed.is_empty() {
        return Ok(String::new());
    }
    let opened = keys
        .open(&place.aad(&of.field()), sealed)
        .context("cannot open a message")?;
    let content = opened.plain().unwrap_or_default();
    String::from_utf8(content).context("cannot decode a message")
}

impl Place {
    fn aad<'a>(&self, event_type: &'a str) -> Aad<'a> {
        Aad {
            team_id: self.team,
            subject_id: self.contact,
            event_id: self.event,
            event_type,
        }
    }
}

/// Seals an account's credentials for those who call the channel.
pub(crate) async fn seal_credentials(
    vault: &Vault,
    team_id: Uuid,
    credentials: &AccountCredentials,
) -> Result<Vec<u8>, VaultError> {
    vault
        .seal_for_team(team_id, "credentials", &credentials.encode_to_vec())
        .await
}

/// Opens a webhook's body with its day's key, and then its sender's. `None`: one was destroyed.
pub(crate) fn open_webhook(
    day: Option<&SealKey>,
    senders: &ContactKeys,
    event: &LoggedEvent,
    webhook: &WebhookReceived,
) -> Result<Option<Vec<u8>>, OpenError> {
    let aad = |subject_id| Aad {
        team_id: event.team_id,
        subject_id,
        event_id: event.event_id,
        event_type: &event.event_type,
    };
    let account_id = events::id(&webhook.account_id);
    let Some(day) = day else { return Ok(None) };
    let body = day.open(&aad(account_id), &webhook.sealed_body)?;
    match sender_key_id(webhook) {
        Some(sender) => Ok(senders.open(&aad(sender), &body)?.plain()),
        None => Ok(Some(body)),
    }
}

/// `None`: the webhook names nobody, or is from before senders had keys.
pub(crate) fn sender_key_id(webhook: &WebhookReceived) -> Option<Uuid> {
    events::ids(&webhook.sender_key_id).next()
}

/// The day whose key sealed a webhook's body.
pub(crate) fn key_day(webhook: &WebhookReceived) -> Option<NaiveDate> {
    let since_1970 = TimeDelta::try_days(i64::from(webhook.key_day))?;
    let day = DateTime::UNIX_EPOCH.checked_add_signed(since_1970)?;
    Some(day.date_naive())
}
