mod command;

use std::collections::{BTreeMap, BTreeSet};

use event_sourcing::Aggregate;
use events::TagEvent;
use uuid::Uuid;

pub use self::command::{KnownTag, NewTag, TagCommand, TagError};
use crate::first_tag_id;

/// Tags that a team may have at a time.
pub const TAGS_MAX: usize = 10_000;

/// The words that a team puts on contacts. Contacts have ids of them; what an id is called is here.
///
/// Tags of before there was a dictionary are known to read models alone. Commands bring those that they
/// are about along, and the first event about one takes it in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagDictionary {
    names: BTreeMap<Uuid, String>,
    ids: BTreeMap<String, Uuid>,
    /// Of tags that were deleted. None of them ever means anything again.
    deleted: BTreeSet<Uuid>,
}

/// The stream of a team's dictionary. No tag has this id: names are without `|`.
#[must_use]
pub fn tag_dictionary_id(team_id: Uuid) -> Uuid {
    Uuid::new_v5(&team_id, b"|tags")
}

impl TagDictionary {
    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<Uuid> {
        self.ids.get(name).copied()
    }

    #[must_use]
    pub fn name_of(&self, tag_id: Uuid) -> Option<&str> {
        self.names.get(&tag_id).map(String::as_str)
    }

    /// What contacts have who have the tag of this name, also if it is of before there was a
    /// dictionary. `None`: nobody can have it.
    #[must_use]
    pub fn id_on_contacts(&self, team_id: Uuid, name: &str) -> Option<Uuid> {
        let first = first_tag_id(team_id, name);
        let of_old = || (!self.has_used(first)).then_some(first);
        self.id_of(name).or_else(of_old)
    }

    /// The dictionary was told of this id, whatever became of it.
    fn has_used(&self, tag_id: Uuid) -> bool {
        self.names.contains_key(&tag_id) || self.deleted.contains(&tag_id)
    }

    fn set(mut self, tag_id: Uuid, name: &str) -> Self {
        self = self.without(tag_id);
        self.deleted.remove(&tag_id);
        self.ids.insert(name.to_owned(), tag_id);
        self.names.insert(tag_id, name.to_owned());
        self
    }

    fn without(mut self, tag_id: Uuid) -> Self {
        if let Some(name) = self.names.remove(&tag_id) {
            self.ids.remove(&name);
        }
        self
    }
}

impl Aggregate for TagDictionary {
    const CATEGORY: &'static str = "tags";

    type Command = TagCommand;
    type Event = TagEvent;
    type Error = TagError;

    fn decide(&self, command: TagCommand) -> Result<Vec<TagEvent>, TagError> {
        match command {
            TagCommand::Create {
                team_id,
                tag,
                known,
            } => self.create(team_id, tag, &known),
            TagCommand::Ensure { team_id, tags } => self.ensure(team_id, tags),
            TagCommand::Rename {
                tag_id,
                name,
                known,
            } => self.rename(tag_id, name, &known),
            TagCommand::Delete { tag_id, known } => self.delete(tag_id, &known),
        }
    }

    fn evolve(self, event: &TagEvent) -> Self {
        match event {
            TagEvent::Created(created) => created.tags.iter().fold(self, |tags, tag| {
                tags.set(events::id(&tag.tag_id), &tag.name)
            }),
            TagEvent::Renamed(tag) => self.set(events::id(&tag.tag_id), &tag.name),
            TagEvent::Deleted(tag) => {
                let tag_id = events::id(&tag.tag_id);
                let mut tags = self.without(tag_id);
                tags.deleted.insert(tag_id);
                tags
            }
        }
    }
}
