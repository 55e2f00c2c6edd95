//! People, and what happens to them, as the log of contacts has it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contacts_domain::{first_tag_id, fold_email, fold_name, fold_phone};
use event_bus::ConsistencyToken;
use event_sourcing::{EventCodec as _, StreamId};
use events::{
    AccountEvent, ContactEvent, ContactsLogEvent, TagEvent,
    common::{Channel, Purpose},
    contact::{
        AccountConnected, AccountDisconnected, ContactBlocked, ContactConsentChanged,
        ContactFollowed, ContactInteracted, ContactProfileChanged, ContactSiteBound,
        ContactSiteUnbound, ContactsConsentChanged, ContactsErased, ContactsImported,
        ContactsTagged, ImportedContact, Profile, Tag, TagDeleted, TagRenamed, TagsCreated,
    },
    join_ids, to_bytes, to_timestamp,
};
use prost::Message as _;
use prost_types::Timestamp;
use uuid::Uuid;
use vault::Aad;

use crate::app::{ACCOUNT, App, TEAM};

/// A contact as a test describes one.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: u128,
    pub(crate) account: Uuid,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) subscribed: Option<i64>,
    pub(crate) interacted: Option<i64>,
    pub(crate) profile: Profile,
}

pub(crate) fn person(id: u128, tags: &[&'static str]) -> Person {
    Person {
        id,
        account: ACCOUNT,
        tags: tags.to_vec(),
        subscribed: None,
        interacted: None,
        profile: Profile {
            external_id: address(Uuid::from_u128(id)),
            display_name: format!("Person {id}"),
            ..Profile::default()
        },
    }
}

pub(crate) fn address(contact_id: Uuid) -> String {
    format!("U{}", contact_id.simple())
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    DateTime::<Utc>::from_timestamp(seconds, 0).map_or_else(Timestamp::default, to_timestamp)
}

pub(crate) fn contact(id: u128) -> StreamId {
    stream("contact", Uuid::from_u128(id))
}

fn stream(category: &'static str, id: Uuid) -> StreamId {
    StreamId { category, id }
}

impl App {
    /// Imports people, one event for those of an account that are in one partition.
    pub(crate) async fn import(&self, team_id: Uuid, people: &[Person]) -> String {
        let mut token = self.name_tags(team_id, people).await;
        let mut events: BTreeMap<(Uuid, i16), Vec<&Person>> = BTreeMap::new();
        for person in people {
            let partition = self.partition_of(Uuid::from_u128(person.id));
            events
                .entry((person.account, partition))
                .or_default()
                .push(person);
        }
        for ((account_id, _), people) in events {
            for people in people.chunks(500) {
                token = token.merge(self.import_together(team_id, account_id, people).await);
            }
        }
        token.encode()
    }

    async fn import_together(
        &self,
        team_id: Uuid,
        account_id: Uuid,
        people: &[&Person],
    ) -> ConsistencyToken {
        let event_id = Uuid::now_v7();
        let event_type = "fanfare.events.contacts.v1.ContactsImported";
        let contact_ids: Vec<Uuid> = people
            .iter()
            .map(|person| Uuid::from_u128(person.id))
            .collect();
        // All at once; below they are at hand.
        self.vault
            .ensure_contact_keys(team_id, &contact_ids)
            .await
            .unwrap();
        let mut contacts = Vec::new();
        for person in people {
            let contact_id = Uuid::from_u128(person.id);
            let profile = &person.profile;
            let tags = person.tags.iter().map(|name| first_tag_id(team_id, name));
            let [name_key, email_key, phone_key, member_key] = self.keys(team_id, profile).await;
            contacts.push(ImportedContact {
                contact_id: to_bytes(contact_id),
                sealed_profile: self
                    .sealed(team_id, contact_id, event_id, event_type, profile)
                    .await,
                tag_ids: join_ids(tags),
                subscribed_at: person.subscribed.map(at),
                last_interaction_at: person.interacted.map(at),
                name_key,
                email_key,
                phone_key,
                member_key,
                ..ImportedContact::default()
            });
        }
        let lane = stream("contact", Uuid::from_u128(people[0].id));
        let imported = ContactsImported {
            account_id: to_bytes(account_id),
            import_id: to_bytes(event_id),
            contacts,
        };
        let imported = ContactEvent::Imported(imported);
        self.append(team_id, lane, event_id, ContactsLogEvent::Contact(imported))
            .await
    }

    /// Puts the words into the team's dictionary.
    async fn name_tags(&self, team_id: Uuid, people: &[Person]) -> ConsistencyToken {
        let mut names: Vec<&str> = people
            .iter()
            .flat_map(|person| person.tags.clone())
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return ConsistencyToken::default();
        }
        let tags = names.into_iter().map(|name| Tag {
            tag_id: to_bytes(first_tag_id(team_id, name)),
            name: name.to_owned(),
        });
        let created = TagsCreated {
            tags: tags.collect(),
        };
        self.tags(team_id, TagEvent::Created(created)).await
    }

    pub(crate) async fn rename_tag(&self, from: &str, to: &str) -> String {
        let renamed = TagRenamed {
            tag_id: to_bytes(first_tag_id(TEAM, from)),
            name: to.to_owned(),
        };
        self.tags(TEAM, TagEvent::Renamed(renamed)).await.encode()
    }

    pub(crate) async fn delete_tag(&self, name: &str) -> String {
        let deleted = TagDeleted {
            tag_id: to_bytes(first_tag_id(TEAM, name)),
        };
        self.tags(TEAM, TagEvent::Deleted(deleted)).await.encode()
    }

    async fn tags(&self, team_id: Uuid, event: TagEvent) -> ConsistencyToken {
        let event = ContactsLogEvent::Tag(event);
        self.append(team_id, stream("tags", team_id), Uuid::now_v7(), event)
            .await
    }

    pub(crate) async fn connect(&self, account_id: Uuid, channel: Channel) -> String {
        let connected = AccountConnected {
            account_id: to_bytes(account_id),
            channel: channel.into(),
            ..AccountConnected::default()
        };
        self.account(account_id, AccountEvent::Connected(connected))
            .await
    }

    pub(crate) async fn disconnect(&self, account_id: Uuid) -> String {
        let disconnected = AccountDisconnected {
            account_id: to_bytes(account_id),
            ..AccountDisconnected::default()
        };
        self.account(account_id, AccountEvent::Disconnected(disconnected))
            .await
    }

    async fn account(&self, account_id: Uuid, event: AccountEvent) -> String {
        let stream = stream("account", account_id);
        let event = ContactsLogEvent::Account(event);
        self.append(TEAM, stream, Uuid::now_v7(), event)
            .await
            .encode()
    }

    pub(crate) async fn block(&self, id: u128, seconds: i64) -> String {
        let event_id = Uuid::now_v7();
        let event = ContactEvent::Blocked(ContactBlocked {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            sealed_profile: self.webhook(id, event_id, "ContactBlocked").await,
            occurred_at: Some(at(seconds)),
            ..ContactBlocked::default()
        });
        self.fact(TEAM, id, event_id, event).await
    }

    pub(crate) async fn follow(&self, id: u128, seconds: i64) -> String {
        let event_id = Uuid::now_v7();
        let event = ContactEvent::Followed(ContactFollowed {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            sealed_profile: self.webhook(id, event_id, "ContactFollowed").await,
            occurred_at: Some(at(seconds)),
            ..ContactFollowed::default()
        });
        self.fact(TEAM, id, event_id, event).await
    }

    /// With no profile, which a webhook need not tell of somebody who is known.
    pub(crate) async fn interact(&self, team_id: Uuid, id: u128, seconds: i64) -> String {
        let event = ContactEvent::Interacted(ContactInteracted {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            occurred_at: Some(at(seconds)),
            ..ContactInteracted::default()
        });
        self.fact(team_id, id, Uuid::now_v7(), event).await
    }

    pub(crate) async fn bind(&self, team_id: Uuid, id: u128, seconds: i64) -> String {
        let event = ContactEvent::SiteBound(ContactSiteBound {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            visitor_id: to_bytes(Uuid::from_u128(id)),
            bound_at: Some(at(seconds)),
        });
        self.fact(team_id, id, Uuid::now_v7(), event).await
    }

    pub(crate) async fn unbind(&self, team_id: Uuid, id: u128, seconds: i64) -> String {
        let event = ContactEvent::SiteUnbound(ContactSiteUnbound {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            unbound_at: Some(at(seconds)),
        });
        self.fact(team_id, id, Uuid::now_v7(), event).await
    }

    pub(crate) async fn opt_out(&self, team_id: Uuid, id: u128, seconds: i64) -> String {
        let event = ContactEvent::ConsentChanged(ContactConsentChanged {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            purposes: vec![Purpose::Broadcasts.into()],
            opted_out: true,
            occurred_at: Some(at(seconds)),
            ..ContactConsentChanged::default()
        });
        self.fact(team_id, id, Uuid::now_v7(), event).await
    }

    /// Every purpose, by the team.
    pub(crate) async fn opt_in_again(&self, team_id: Uuid, id: u128, seconds: i64) -> String {
        let purposes = contacts_domain::PURPOSES.map(i32::from);
        let event = ContactEvent::ConsentsChanged(ContactsConsentChanged {
            account_id: to_bytes(ACCOUNT),
            contact_ids: to_bytes(Uuid::from_u128(id)),
            purposes: purposes.to_vec(),
            opted_out: false,
            changed_at: Some(at(seconds)),
            ..ContactsConsentChanged::default()
        });
        self.fact(team_id, id, Uuid::now_v7(), event).await
    }

    pub(crate) async fn retag(
        &self,
        team_id: Uuid,
        id: u128,
        add: &[&str],
        remove: &[&str],
    ) -> String {
        let ids = |names: &[&str]| join_ids(names.iter().map(|name| first_tag_id(team_id, name)));
        let event = ContactEvent::Tagged(ContactsTagged {
            account_id: to_bytes(ACCOUNT),
            contact_ids: to_bytes(Uuid::from_u128(id)),
            added_tag_ids: ids(add),
            removed_tag_ids: ids(remove),
            ..ContactsTagged::default()
        });
        self.fact(team_id, id, Uuid::now_v7(), event).await
    }

    pub(crate) async fn change_profile(
        &self,
        team_id: Uuid,
        id: u128,
        profile: &Profile,
    ) -> String {
        let event_id = Uuid::now_v7();
        let contact_id = Uuid::from_u128(id);
        let event_type = "fanfare.events.contacts.v1.ContactProfileChanged";
        let [name_key, email_key, phone_key, member_key] = self.keys(team_id, profile).await;
        let event = ContactEvent::ProfileChanged(ContactProfileChanged {
            contact_id: to_bytes(contact_id),
            account_id: to_bytes(ACCOUNT),
            sealed_profile: self
                .sealed(team_id, contact_id, event_id, event_type, profile)
                .await,
            name_key,
            email_key,
            phone_key,
            member_key,
            ..ContactProfileChanged::default()
        });
        self.fact(team_id, id, event_id, event).await
    }

    /// As the service of contacts does it: first the event, then the key.
    pub(crate) async fn erase(&self, team_id: Uuid, id: u128) -> String {
        let contact_id = Uuid::from_u128(id);
        let event = ContactEvent::Erased(ContactsErased {
            account_id: to_bytes(ACCOUNT),
            contact_ids: to_bytes(contact_id),
            erased_at: Some(at(1)),
            ..ContactsErased::default()
        });
        let token = self.fact(team_id, id, Uuid::now_v7(), event).await;
        self.vault
            .destroy_contact_key(team_id, contact_id)
            .await
            .unwrap();
        token
    }

    async fn fact(&self, team_id: Uuid, id: u128, event_id: Uuid, event: ContactEvent) -> String {
        let event = ContactsLogEvent::Contact(event);
        debug_assert!(!event.encode().payload.is_empty());
        self.append(team_id, contact(id), event_id, event)
            .await
            .encode()
    }

    async fn webhook(&self, id: u128, event_id: Uuid, event: &str) -> Vec<u8> {
        let event_type = format!("fanfare.events.contacts.v1.{event}");
        let profile = person(id, &[]).profile;
        self.sealed(TEAM, Uuid::from_u128(id), event_id, &event_type, &profile)
            .await
    }

    async fn keys(&self, team_id: Uuid, profile: &Profile) -> [Vec<u8>; 4] {
        let lookup = self.vault.lookup_key(team_id).await.unwrap();
        let key = |text: &str, folded: String, sign: &dyn Fn(&str) -> [u8; 32]| {
            if text.is_empty() {
                Vec::new()
            } else {
                sign(&folded).to_vec()
            }
        };
        [
            key(
                &profile.display_name,
                fold_name(&profile.display_name),
                &|name| lookup.name(name),
            ),
            key(&profile.email, fold_email(&profile.email), &|email| {
                lookup.email(email)
            }),
            key(&profile.phone, fold_phone(&profile.phone), &|phone| {
                lookup.phone(phone)
            }),
            key(
                &profile.member_number,
                profile.member_number.clone(),
                &|number| lookup.member(number),
            ),
        ]
    }

    pub(crate) async fn sealed(
        &self,
        team_id: Uuid,
        contact_id: Uuid,
        event_id: Uuid,
        event_type: &str,
        profile: &Profile,
    ) -> Vec<u8> {
        let keys = self
            .vault
            .ensure_contact_keys(team_id, &[contact_id])
            .await
            .unwrap();
        let aad = Aad {
            team_id,
            subject_id: contact_id,
            event_id,
            event_type,
        };
        match keys.live(contact_id) {
            Some(key) => key.seal(&aad, &profile.encode_to_vec()),
            // Said of somebody who has been erased: nobody can open it.
            None => vec![0; 32],
        }
    }
}
