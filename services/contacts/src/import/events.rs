use std::collections::BTreeMap;

use anyhow::Context as _;
use event_sourcing::EventCodec as _;
use event_store::{Append, EventStore, Expected, NewEvent};
use events::{
    ContactEvent,
    contact::{ContactsImported, ImportedContact, Profile},
    join_ids, to_bytes, to_timestamp,
};
use prost::{Message as _, Name as _};
use uuid::Uuid;
use vault::ContactKeys;

use super::{batches::TakenRow, lanes::Lanes};
use crate::sealing::{Place, seal_profile};

/// A reader takes an event as one message, and writes its contacts as one batch.
const EVENT_CONTACTS_MAX: usize = 500;
/// Well below what a JetStream message may have.
const EVENT_BYTES_MAX: usize = 512 * 1024;

/// What all events of an import share.
#[derive(Debug)]
pub(crate) struct ImportOf {
    pub(crate) team_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) import_id: Uuid,
    pub(crate) lanes: Lanes,
    /// Tags are added to those that a contact has, instead of replacing them.
    pub(crate) keeps_tags: bool,
    /// Finds out what would change, and changes nothing.
    pub(crate) dry_run: bool,
    /// A protobuf `fanfare.log.v1.EventMetadata`.
    pub(crate) metadata: Vec<u8>,
}

/// A row that says something new of a contact.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) contact_id: Uuid,
    /// Lists have not had the contact yet.
    pub(crate) is_new: bool,
    pub(crate) row: TakenRow,
}

/// Seals the rows into events, one append for each partition that a contact is in.
pub(crate) fn appends(
    store: &EventStore,
    import: &ImportOf,
    changed: Vec<Changed>,
    keys: &ContactKeys,
) -> anyhow::Result<Vec<Append>> {
    let mut partitions: BTreeMap<i16, Vec<Changed>> = BTreeMap::new();
    for changed in changed {
        let partition = store.partition_of(changed.contact_id);
        partitions.entry(partition).or_default().push(changed);
    }
    partitions
        .into_iter()
        .map(|(partition, changed)| {
            Ok(Append {
                stream: import
                    .lanes
                    .of(partition)
                    .context("a contact is in a partition that the log does not have")?,
                team_id: import.team_id,
                expected: Expected::Any,
                request_id: None,
                answer: Vec::new(),
                metadata: import.metadata.clone(),
                events: seal(import, changed, keys)?,
            })
        })
        .collect()
}

fn seal(
    import: &ImportOf,
    changed: Vec<Changed>,
    keys: &ContactKeys,
) -> anyhow::Result<Vec<NewEvent>> {
    let mut events = Vec::new();
    let mut open = OpenEvent::new();
    for changed in changed {
        let contact = seal_contact(import, open.event_id, changed, keys)?;
        open.bytes += contact.encoded_len();
        open.contacts.push(contact);
        if open.contacts.len() == EVENT_CONTACTS_MAX || open.bytes >= EVENT_BYTES_MAX {
            events.push(open.close(import));
            open = OpenEvent::new();
        }
    }
    if !open.contacts.is_empty() {
        events.push(open.close(import));
    }
    Ok(events)
}

/// An event that is being filled.
struct OpenEvent {
    event_id: Uuid,
    contacts: Vec<ImportedContact>,
    bytes: usize,
}

impl OpenEvent {
    fn new() -> Self {
        Self {
            event_id: Uuid::now_v7(),
            contacts: Vec::new(),
            bytes: 0,
        }
    }

    fn close(self, import: &ImportOf) -> NewEvent {
        let event = ContactEvent::Imported(ContactsImported {
            account_id: to_bytes(import.account_id),
            import_id: to_bytes(import.import_id),
            contacts: self.contacts,
        });
        NewEvent::with_id(self.event_id, event.encode())
    }
}

fn seal_contact(
    import: &ImportOf,
    event_id: Uuid,
    changed: Changed,
    keys: &ContactKeys,
) -> anyhow::Result<ImportedContact> {
    let Changed {
        contact_id, row, ..
    } = changed;
    let TakenRow {
        row,
        tag_ids,
        fingerprints,
        digest,
    } = row;
    let member_number = row.profile.member_number;
    let profile = Profile {
        external_id: row.external_id.into_string(),
        display_name: row.profile.display_name,
        phone: row.profile.phone,
        email: row.profile.email,
        member_number: member_number
            .map(|number| number.as_str().to_owned())
            .unwrap_or_default(),
    };
    let key = keys
        .live(contact_id)
        .context("a contact has no key to seal its profile with")?;
    let place = Place {
        team: import.team_id,
        contact: contact_id,
        event: event_id,
    };
    let event_type = ContactsImported::full_name();
    let bytes = |key: Option<[u8; 32]>| key.map(Vec::from).unwrap_or_default();
    Ok(ImportedContact {
        contact_id: to_bytes(contact_id),
        identity: fingerprints.identity.to_vec(),
        sealed_profile: seal_profile(key, place, &event_type, &profile),
        member_key: bytes(fingerprints.member_key),
        tag_ids: join_ids(tag_ids),
        keeps_tags: import.keeps_tags,
        subscribed_at: row.subscribed_at.map(to_timestamp),
        last_interaction_at: row.last_interaction_at.map(to_timestamp),
        row_digest: digest.to_vec(),
        name_key: bytes(fingerprints.name_key),
        email_key: bytes(fingerprints.email_key),
        phone_key: bytes(fingerprints.phone_key),
        ..ImportedContact::default()
    })
}
