use std::collections::BTreeSet;

use events::{
    TagEvent,
    contact::{Tag as TagMessage, TagDeleted, TagRenamed, TagsCreated},
    to_bytes,
};
use uuid::Uuid;

use super::{TAGS_MAX, TagDictionary};
use crate::{Tag, first_tag_id};

/// Tags in one event: well below what a message of the log may have.
const EVENT_TAGS_MAX: usize = 1000;

#[derive(Debug, Clone)]
pub enum TagCommand {
    /// A tag whose name must be free.
    Create {
        team_id: Uuid,
        tag: NewTag,
        known: Vec<KnownTag>,
    },
    /// Creates those of these that there are not.
    Ensure {
        team_id: Uuid,
        tags: Vec<NewTag>,
    },
    Rename {
        tag_id: Uuid,
        name: Tag,
        known: Vec<KnownTag>,
    },
    Delete {
        tag_id: Uuid,
        known: Vec<KnownTag>,
    },
}

/// A name, and the id that its tag gets if the first id of that name is used up.
#[derive(Debug, Clone)]
pub struct NewTag {
    pub name: Tag,
    pub fresh_id: Uuid,
}

/// A tag as a read model knows it, which has more than the dictionary: those of old.
#[derive(Debug, Clone)]
pub struct KnownTag {
    pub tag_id: Uuid,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    #[error("there is no such tag")]
    NotFound,
    #[error("there is a tag of this name")]
    NameTaken,
    #[error("a team has at most {TAGS_MAX} tags; delete some first")]
    TooMany,
}

impl TagDictionary {
    pub(super) fn create(
        &self,
        team_id: Uuid,
        tag: NewTag,
        known: &[KnownTag],
    ) -> Result<Vec<TagEvent>, TagError> {
        if self.holder_of(tag.name.as_str(), known).is_some() {
            return Err(TagError::NameTaken);
        }
        self.ensure(team_id, vec![tag])
    }

    pub(super) fn ensure(
        &self,
        team_id: Uuid,
        tags: Vec<NewTag>,
    ) -> Result<Vec<TagEvent>, TagError> {
        let mut seen = BTreeSet::new();
        let created: Vec<TagMessage> = tags
            .into_iter()
            .filter(|tag| self.id_of(tag.name.as_str()).is_none() && seen.insert(tag.name.clone()))
            .map(|tag| self.new_tag(team_id, tag))
            .collect();
        if self.names.len() + created.len() > TAGS_MAX && !created.is_empty() {
            return Err(TagError::TooMany);
        }
        Ok(created
            .chunks(EVENT_TAGS_MAX)
            .map(|tags| {
                TagEvent::Created(TagsCreated {
                    tags: tags.to_vec(),
                })
            })
            .collect())
    }

    pub(super) fn rename(
        &self,
        tag_id: Uuid,
        name: Tag,
        known: &[KnownTag],
    ) -> Result<Vec<TagEvent>, TagError> {
        let now = self.called(tag_id, known).ok_or(TagError::NotFound)?;
        match self.holder_of(name.as_str(), known) {
            Some(holder) if holder != tag_id => Err(TagError::NameTaken),
            Some(_) | None if now == name.as_str() => Ok(vec![]),
            Some(_) | None => Ok(vec![TagEvent::Renamed(TagRenamed {
                tag_id: to_bytes(tag_id),
                name: name.into_string(),
            })]),
        }
    }

    pub(super) fn delete(
        &self,
        tag_id: Uuid,
        known: &[KnownTag],
    ) -> Result<Vec<TagEvent>, TagError> {
        self.called(tag_id, known).ok_or(TagError::NotFound)?;
        Ok(vec![TagEvent::Deleted(TagDeleted {
            tag_id: to_bytes(tag_id),
        })])
    }

    fn new_tag(&self, team_id: Uuid, tag: NewTag) -> TagMessage {
        let first = first_tag_id(team_id, tag.name.as_str());
        let tag_id = if self.has_used(first) {
            tag.fresh_id
        } else {
            first
        };
        TagMessage {
            tag_id: to_bytes(tag_id),
            name: tag.name.into_string(),
        }
    }

    fn called<'a>(&'a self, tag_id: Uuid, known: &'a [KnownTag]) -> Option<&'a str> {
        let of_old = || {
            let mut of_old = self.of_old(known).filter(|known| known.tag_id == tag_id);
            of_old.next().map(|known| known.name.as_str())
        };
        self.name_of(tag_id).or_else(of_old)
    }

    fn holder_of(&self, name: &str, known: &[KnownTag]) -> Option<Uuid> {
        let of_old = || {
            let mut of_old = self.of_old(known).filter(|known| known.name == name);
            of_old.next().map(|known| known.tag_id)
        };
        self.id_of(name).or_else(of_old)
    }

    /// Of the others the dictionary knows better: a read model may be behind.
    fn of_old<'a>(&self, known: &'a [KnownTag]) -> impl Iterator<Item = &'a KnownTag> {
        known.iter().filter(|known| !self.has_used(known.tag_id))
    }
}
