//! A team's dictionary of tags.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

use contacts_domain::{
    KnownTag, NewTag, TAGS_MAX, Tag, TagCommand, TagDictionary, TagError, first_tag_id,
};
use event_sourcing::{Aggregate as _, testing::given};
use events::{
    TagEvent,
    contact::{Tag as TagMessage, TagDeleted, TagRenamed, TagsCreated},
    to_bytes,
};
use uuid::Uuid;

const TEAM: Uuid = Uuid::from_u128(1);
const FRESH: Uuid = Uuid::from_u128(2);

#[test]
fn a_tag_gets_the_first_id_of_its_name() {
    given::<TagDictionary>([])
        .when(create("vip"))
        .then([created(&[(vip(), "vip")])]);
}

#[test]
fn a_name_is_taken_once() {
    given::<TagDictionary>([created(&[(vip(), "vip")])])
        .when(create("vip"))
        .then_refused(TagError::NameTaken);
    // Case and width make another name.
    given::<TagDictionary>([created(&[(vip(), "vip")])])
        .when(create("VIP"))
        .then([created(&[(first_tag_id(TEAM, "VIP"), "VIP")])]);
}

#[test]
fn an_id_is_never_used_for_another_tag() {
    for past in [renamed(vip(), "gold"), deleted(vip())] {
        given::<TagDictionary>([created(&[(vip(), "vip")]), past])
            .when(create("vip"))
            .then([created(&[(FRESH, "vip")])]);
    }
}

#[test]
fn only_missing_tags_are_created_and_each_once() {
    let command = TagCommand::Ensure {
        team_id: TEAM,
        tags: ["vip", "new", "new"].map(new_tag).to_vec(),
    };
    let new = first_tag_id(TEAM, "new");
    given::<TagDictionary>([created(&[(vip(), "vip")])])
        .when(command.clone())
        .then([created(&[(new, "new")])]);
    given::<TagDictionary>([created(&[(vip(), "vip"), (new, "new")])])
        .when(command)
        .then([]);
}

#[test]
fn a_tag_is_renamed_in_one_event() {
    let past = || [created(&[(vip(), "vip"), (FRESH, "new")])];
    given::<TagDictionary>(past())
        .when(rename(vip(), "gold", &[]))
        .then([renamed(vip(), "gold")]);
    given::<TagDictionary>(past())
        .when(rename(vip(), "new", &[]))
        .then_refused(TagError::NameTaken);
    given::<TagDictionary>(past())
        .when(rename(vip(), "vip", &[]))
        .then([]);
    given::<TagDictionary>(past())
        .when(rename(Uuid::from_u128(9), "gold", &[]))
        .then_refused(TagError::NotFound);
}

#[test]
fn a_name_that_was_given_up_is_free() {
    let past = [
        created(&[(vip(), "vip"), (FRESH, "new")]),
        renamed(vip(), "gold"),
    ];
    given::<TagDictionary>(past)
        .when(rename(FRESH, "vip", &[]))
        .then([renamed(FRESH, "vip")]);
}

#[test]
fn a_deleted_tag_is_not_there_any_more() {
    let past = || [created(&[(vip(), "vip")]), deleted(vip())];
    // A read model that is behind does not bring it back.
    let known = [known(vip(), "vip")];
    given::<TagDictionary>(past())
        .when(delete(vip(), &known))
        .then_refused(TagError::NotFound);
    given::<TagDictionary>(past())
        .when(rename(vip(), "gold", &known))
        .then_refused(TagError::NotFound);
    let dictionary = TagDictionary::fold(&past());
    assert_eq!(dictionary.id_on_contacts(TEAM, "vip"), None);
    assert_eq!(
        dictionary.id_on_contacts(TEAM, "of old"),
        Some(first_tag_id(TEAM, "of old"))
    );
}

#[test]
fn a_tag_of_old_is_taken_in_when_something_happens_to_it() {
    let known = [known(vip(), "vip")];
    given::<TagDictionary>([])
        .when(rename(vip(), "gold", &known))
        .then([renamed(vip(), "gold")]);
    given::<TagDictionary>([])
        .when(delete(vip(), &known))
        .then([deleted(vip())]);
    let create = TagCommand::Create {
        team_id: TEAM,
        tag: new_tag("vip"),
        known: known.to_vec(),
    };
    given::<TagDictionary>([])
        .when(create)
        .then_refused(TagError::NameTaken);
    given::<TagDictionary>([created(&[(FRESH, "new")])])
        .when(rename(FRESH, "vip", &known))
        .then_refused(TagError::NameTaken);
}

#[test]
fn a_dictionary_is_bounded() {
    let names: Vec<String> = (0..TAGS_MAX).map(|at| format!("tag {at}")).collect();
    let all = TagCommand::Ensure {
        team_id: TEAM,
        tags: names.iter().map(|name| new_tag(name)).collect(),
    };
    let events = TagDictionary::default().decide(all.clone()).unwrap();
    assert_eq!(events.len(), 10, "a thousand an event");
    let full = TagDictionary::fold(&events);
    assert_eq!(full.decide(all), Ok(vec![]));
    assert_eq!(full.decide(create("vip")), Err(TagError::TooMany));
    let full = full.evolve(&deleted(first_tag_id(TEAM, "tag 7")));
    assert!(full.decide(create("vip")).is_ok());
}

fn vip() -> Uuid {
    first_tag_id(TEAM, "vip")
}

fn new_tag(name: &str) -> NewTag {
    NewTag {
        name: Tag::parse(name).unwrap(),
        fresh_id: FRESH,
    }
}

fn known(tag_id: Uuid, name: &str) -> KnownTag {
    KnownTag {
        tag_id,
        name: name.to_owned(),
    }
}

fn create(name: &str) -> TagCommand {
    TagCommand::Create {
        team_id: TEAM,
        tag: new_tag(name),
        known: vec![],
    }
}

fn rename(tag_id: Uuid, name: &str, known: &[KnownTag]) -> TagCommand {
    TagCommand::Rename {
        tag_id,
        name: Tag::parse(name).unwrap(),
        known: known.to_vec(),
    }
}

fn delete(tag_id: Uuid, known: &[KnownTag]) -> TagCommand {
    TagCommand::Delete {
        tag_id,
        known: known.to_vec(),
    }
}

fn created(tags: &[(Uuid, &str)]) -> TagEvent {
    let tags = tags.iter().map(|(tag_id, name)| TagMessage {
        tag_id: to_bytes(*tag_id),
        name: (*name).to_owned(),
    });
    TagEvent::Created(TagsCreated {
        tags: tags.collect(),
    })
}

fn renamed(tag_id: Uuid, name: &str) -> TagEvent {
    TagEvent::Renamed(TagRenamed {
        tag_id: to_bytes(tag_id),
        name: name.to_owned(),
    })
}

fn deleted(tag_id: Uuid) -> TagEvent {
    TagEvent::Deleted(TagDeleted {
        tag_id: to_bytes(tag_id),
    })
}
