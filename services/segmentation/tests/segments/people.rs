//! Teams with contacts and tags.

use chrono::{DateTime, TimeDelta, Utc};
use contacts_domain::{fold_email, fold_name, fold_phone};
use event_bus::ConsistencyToken;
use events::{
    AccountEvent, ContactEvent, ContactsLogEvent, TagEvent,
    common::Channel,
    contact::{
        AccountConnected, ContactBlocked, ContactsImported, ImportedContact, Profile, Tag,
        TagDeleted, TagRenamed, TagsCreated,
    },
    join_ids, to_bytes, to_timestamp,
};
use futures_util::{StreamExt as _, stream};
use prost::Message as _;
use proto::segmentation::v1::ListTagsRequest;
use test_support::eventually;
use uuid::Uuid;
use vault::{Aad, ContactKeys, LookupKey};

use crate::app::{ACCOUNT, App, OTHER_ACCOUNT, OTHER_TEAM, TEAM};

pub(crate) const VIP: Uuid = Uuid::from_u128(0x71);
pub(crate) const TEST: Uuid = Uuid::from_u128(0x72);
const IMPORTED: &str = "fanfare.events.contacts.v1.ContactsImported";
const IMPORTED_AT_ONCE: usize = 500;

/// A contact as a test describes one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) id: u128,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) member_number: String,
    pub(crate) tags: Vec<Uuid>,
    /// Days after 2026-01-01.
    pub(crate) interacted: Option<i64>,
}

pub(crate) fn person(id: u128, name: &str, tags: &[Uuid]) -> Person {
    Person {
        id,
        name: name.to_owned(),
        tags: tags.to_vec(),
        ..Person::default()
    }
}

pub(crate) fn address(id: u128) -> String {
    format!("U{id:032x}")
}

pub(crate) fn day(days: i64) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    first + TimeDelta::days(days)
}

impl App {
    /// With an account and two tags in each of two teams.
    pub(crate) async fn with_two_teams() -> Self {
        let app = Self::start().await;
        let mut token = String::new();
        for (team_id, account_id) in [(TEAM, ACCOUNT), (OTHER_TEAM, OTHER_ACCOUNT)] {
            app.connect(team_id, account_id).await;
            app.create_tag(team_id, VIP, "vip").await;
            token = app.create_tag(team_id, TEST, "test").await;
        }
        app.wait_for(&token).await;
        app
    }

    /// Until the read model has what `token` stands for.
    pub(crate) async fn wait_for(&self, token: &str) {
        eventually("the read model", async || {
            let request = ListTagsRequest {
                consistency_token: token.to_owned(),
            };
            self.contacts(TEAM).list_tags(request).await.ok()
        })
        .await;
    }

    pub(crate) async fn connect(&self, team_id: Uuid, account_id: Uuid) -> String {
        let connected = AccountEvent::Connected(AccountConnected {
            account_id: to_bytes(account_id),
            channel: Channel::Line.into(),
            ..AccountConnected::default()
        });
        self.append(team_id, Uuid::now_v7(), connected.into()).await
    }

    pub(crate) async fn create_tag(&self, team_id: Uuid, tag_id: Uuid, name: &str) -> String {
        let tags = vec![Tag {
            tag_id: to_bytes(tag_id),
            name: name.to_owned(),
        }];
        self.tag(team_id, TagEvent::Created(TagsCreated { tags }))
            .await
    }

    pub(crate) async fn rename_tag(&self, tag_id: Uuid, name: &str) -> String {
        let renamed = TagRenamed {
            tag_id: to_bytes(tag_id),
            name: name.to_owned(),
        };
        self.tag(TEAM, TagEvent::Renamed(renamed)).await
    }

    pub(crate) async fn delete_tag(&self, tag_id: Uuid) -> String {
        let tag_id = to_bytes(tag_id);
        self.tag(TEAM, TagEvent::Deleted(TagDeleted { tag_id }))
            .await
    }

    async fn tag(&self, team_id: Uuid, event: TagEvent) -> String {
        self.append(team_id, Uuid::now_v7(), event.into()).await
    }

    pub(crate) async fn block(&self, id: u128) -> String {
        let event_id = Uuid::now_v7();
        let blocked = ContactEvent::Blocked(ContactBlocked {
            contact_id: to_bytes(Uuid::from_u128(id)),
            account_id: to_bytes(ACCOUNT),
            occurred_at: Some(to_timestamp(day(100))),
            ..ContactBlocked::default()
        });
        self.append(TEAM, event_id, blocked.into()).await
    }

    /// Imports people of the team's account. Returns the token of the last.
    pub(crate) async fn import(&self, team_id: Uuid, people: &[Person]) -> String {
        let account_id = if team_id == TEAM {
            ACCOUNT
        } else {
            OTHER_ACCOUNT
        };
        let lookup = &self.vault.lookup_key(team_id).await.unwrap();
        let events = people.chunks(IMPORTED_AT_ONCE).map(|people| async move {
            let ids: Vec<Uuid> = people.iter().map(|p| Uuid::from_u128(p.id)).collect();
            let keys = self.vault.ensure_contact_keys(team_id, &ids).await.unwrap();
            let event_id = Uuid::now_v7();
            let contacts = people
                .iter()
                .map(|person| imported(person, team_id, event_id, &keys, lookup))
                .collect();
            let event = ContactEvent::Imported(ContactsImported {
                account_id: to_bytes(account_id),
                import_id: to_bytes(event_id),
                contacts,
            });
            self.append(team_id, event_id, ContactsLogEvent::from(event))
                .await
        });
        let tokens: Vec<String> = stream::iter(events).buffer_unordered(4).collect().await;
        let tokens = tokens
            .iter()
            .map(|token| ConsistencyToken::decode(token).unwrap());
        let last = tokens.fold(ConsistencyToken::default(), ConsistencyToken::merge);
        last.encode()
    }
}

fn imported(
    person: &Person,
    team_id: Uuid,
    event_id: Uuid,
    keys: &ContactKeys,
    lookup: &LookupKey,
) -> ImportedContact {
    let contact_id = Uuid::from_u128(person.id);
    let aad = Aad {
        team_id,
        subject_id: contact_id,
        event_id,
        event_type: IMPORTED,
    };
    let profile = Profile {
        external_id: address(person.id),
        display_name: person.name.clone(),
        phone: person.phone.clone(),
        email: person.email.clone(),
        member_number: person.member_number.clone(),
    };
    let key = |text: &str, key: [u8; 32]| match text {
        "" => Vec::new(),
        _ => key.to_vec(),
    };
    let sealed = keys
        .live(contact_id)
        .unwrap()
        .seal(&aad, &profile.encode_to_vec());
    ImportedContact {
        contact_id: to_bytes(contact_id),
        sealed_profile: sealed,
        tag_ids: join_ids(person.tags.iter().copied()),
        subscribed_at: Some(to_timestamp(day(0))),
        last_interaction_at: person.interacted.map(|days| to_timestamp(day(days))),
        name_key: key(&person.name, lookup.name(&fold_name(&person.name))),
        email_key: key(&person.email, lookup.email(&fold_email(&person.email))),
        phone_key: key(&person.phone, lookup.phone(&fold_phone(&person.phone))),
        member_key: key(&person.member_number, lookup.member(&person.member_number)),
        ..ImportedContact::default()
    }
}
