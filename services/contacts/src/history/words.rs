use std::collections::HashMap;

use contacts_domain::imported_tags;
use events::{
    ContactEvent,
    common::Purpose,
    contact::{
        BlockReason, ConsentMeans, ContactsConsentChanged, ContactsImported, ContactsTagged,
        InteractionKind, MessageOrigin,
    },
    ids,
};
use prost::Message as _;
use prost_types::Timestamp;
use proto::log::v1::EventMetadata;
use uuid::Uuid;

/// What sentences are made with.
pub(super) struct Words {
    pub(super) team_id: Uuid,
    pub(super) tags: HashMap<Uuid, Option<String>>,
}

/// Who did it. What channels report is the person's own doing, whoever wrote it down.
pub(super) fn actor(event: &ContactEvent, metadata: &[u8]) -> anyhow::Result<String> {
    Ok(match event {
        ContactEvent::Followed(_)
        | ContactEvent::Interacted(_)
        | ContactEvent::Blocked(_)
        | ContactEvent::ConsentChanged(_) => "the person".to_owned(),
        ContactEvent::Imported(_)
        | ContactEvent::ProfileChanged(_)
        | ContactEvent::MessageSent(_)
        | ContactEvent::SiteBound(_)
        | ContactEvent::SiteUnbound(_)
        | ContactEvent::ConsentsChanged(_)
        | ContactEvent::Tagged(_)
        | ContactEvent::Erased(_) => EventMetadata::decode(metadata)?.actor,
    })
}

/// `None`: when it was recorded.
pub(super) fn occurred_at(event: &ContactEvent) -> Option<Timestamp> {
    match event {
        ContactEvent::Imported(_) => None,
        ContactEvent::Followed(event) => event.occurred_at,
        ContactEvent::Interacted(event) => event.occurred_at,
        ContactEvent::Blocked(event) => event.occurred_at,
        ContactEvent::ProfileChanged(event) => event.changed_at,
        ContactEvent::MessageSent(event) => event.occurred_at,
        ContactEvent::SiteBound(event) => event.bound_at,
        ContactEvent::SiteUnbound(event) => event.unbound_at,
        ContactEvent::ConsentChanged(event) => event.occurred_at,
        ContactEvent::ConsentsChanged(event) => event.changed_at,
        ContactEvent::Tagged(event) => event.changed_at,
        ContactEvent::Erased(event) => event.erased_at,
    }
}

/// The tags that an event speaks of.
pub(super) fn tag_ids(team_id: Uuid, event: &ContactEvent) -> Vec<Uuid> {
    match event {
        ContactEvent::Imported(event) => event
            .contacts
            .iter()
            .flat_map(|contact| imported_tags(team_id, contact).to_vec())
            .collect(),
        ContactEvent::Tagged(event) => ids(&event.added_tag_ids)
            .chain(ids(&event.removed_tag_ids))
            .collect(),
        ContactEvent::Followed(_)
        | ContactEvent::Interacted(_)
        | ContactEvent::Blocked(_)
        | ContactEvent::ProfileChanged(_)
        | ContactEvent::MessageSent(_)
        | ContactEvent::SiteBound(_)
        | ContactEvent::SiteUnbound(_)
        | ContactEvent::ConsentChanged(_)
        | ContactEvent::ConsentsChanged(_)
        | ContactEvent::Erased(_) => Vec::new(),
    }
}

impl Words {
    /// One sentence, without anything personal.
    pub(super) fn describe(&self, event: &ContactEvent) -> String {
        match event {
            ContactEvent::Imported(event) => self.imported(event),
            ContactEvent::Followed(event) if event.unblocked => {
                "Took back a block of the account.".to_owned()
            }
            ContactEvent::Followed(_) => "Followed the account.".to_owned(),
            ContactEvent::Interacted(event) => match event.kind() {
                InteractionKind::Postback => "Tapped a button.".to_owned(),
                InteractionKind::Message | InteractionKind::Unspecified => {
                    "Wrote a message.".to_owned()
                }
            },
            ContactEvent::Blocked(event) => match event.reason() {
                BlockReason::HardBounce => "A mail came back: no such mailbox.".to_owned(),
                BlockReason::Unspecified => "Blocked the account.".to_owned(),
            },
            ContactEvent::ProfileChanged(_) => "The profile was changed.".to_owned(),
            ContactEvent::MessageSent(event) => match event.origin() {
                MessageOrigin::Bot => "Was sent a message by a bot.".to_owned(),
                MessageOrigin::Welcome => "Was sent a welcome message.".to_owned(),
                MessageOrigin::Agent | MessageOrigin::Unspecified => {
                    "Was sent a message by a member of the team.".to_owned()
                }
            },
            ContactEvent::SiteBound(_) => "A browser of the shop's site was tied to it.".to_owned(),
            ContactEvent::SiteUnbound(_) => "Every browser of it was forgotten.".to_owned(),
            ContactEvent::ConsentChanged(event) => {
                let how = match event.means() {
                    ConsentMeans::Word => ", by a word in a message",
                    ConsentMeans::Button => ", by a button",
                    ConsentMeans::Channel => ", in the channel",
                    ConsentMeans::OneClick => ", with one click in the mail program",
                    ConsentMeans::UnsubscribePage => ", on the page that a mail leads to",
                    ConsentMeans::Complaint => ", by calling a mail spam",
                    ConsentMeans::Unspecified => "",
                };
                let purposes = purposes(event.purposes());
                format!("Opted {}{how}.", direction(event.opted_out, &purposes))
            }
            ContactEvent::ConsentsChanged(event) => consent_by_team(event),
            ContactEvent::Tagged(event) => self.tagged(event),
            ContactEvent::Erased(event) => {
                format!("Was deleted for good{}.", by_job(&event.job_id))
            }
        }
    }

    fn imported(&self, event: &ContactsImported) -> String {
        let tags = event
            .contacts
            .iter()
            .flat_map(|contact| imported_tags(self.team_id, contact).to_vec());
        let tags = self.names(tags);
        let with = if tags.is_empty() { "" } else { ", with tags " };
        let job = by_job(&event.import_id);
        format!("Was imported from a file{job}{with}{tags}.")
    }

    fn tagged(&self, event: &ContactsTagged) -> String {
        let added = self.names(ids(&event.added_tag_ids));
        let removed = self.names(ids(&event.removed_tag_ids));
        let mut changes = Vec::new();
        if !added.is_empty() {
            changes.push(format!("Was tagged {added}"));
        }
        if !removed.is_empty() {
            changes.push(format!("Lost tags {removed}"));
        }
        if changes.is_empty() {
            changes.push("Was tagged with nothing new".to_owned());
        }
        format!("{}{}.", changes.join("; "), by_job(&event.job_id))
    }

    /// What never was a tag was on nobody, and is not spoken of.
    fn names(&self, tag_ids: impl Iterator<Item = Uuid>) -> String {
        let names = tag_ids.filter_map(|tag_id| self.tags.get(&tag_id));
        let names = names.map(|name| match name {
            Some(name) => format!("\"{name}\""),
            None => "a deleted tag".to_owned(),
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

fn consent_by_team(event: &ContactsConsentChanged) -> String {
    let purposes = purposes(event.purposes());
    let direction = direction(event.opted_out, &purposes);
    format!(
        "Was opted {direction} by the team{}.",
        by_job(&event.job_id)
    )
}

fn direction(opted_out: bool, purposes: &str) -> String {
    if opted_out {
        format!("out of {purposes}")
    } else {
        format!("in again to {purposes}")
    }
}

fn purposes(purposes: impl Iterator<Item = Purpose>) -> String {
    let names = purposes.map(|purpose| match purpose {
        Purpose::Broadcasts => "broadcasts",
        Purpose::SiteMarketing => "marketing on the site",
        Purpose::CartRemarketing => "reminders of carts",
        Purpose::Unspecified => "messages",
    });
    names.collect::<Vec<_>>().join(", ")
}

fn by_job(job_id: &[u8]) -> String {
    if job_id.is_empty() {
        return String::new();
    }
    format!(" (job {})", events::id(job_id))
}
