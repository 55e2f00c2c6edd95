use std::collections::HashMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use contacts_domain::fold_name;
use event_sourcing::Aggregate;
use events::{
    SegmentsLogEvent as Event, id,
    segments::{SegmentDeleted, SegmentSaved},
    to_bytes, to_timestamp,
};
use uuid::Uuid;

use crate::SegmentName;

/// At once, not counting those deleted.
const SEGMENTS_MAX: usize = 1_000;

/// The saved segments of a team. They are one aggregate, for their names are unique among them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Segments {
    segments: HashMap<Uuid, Segment>,
}

#[derive(Debug, Clone, PartialEq)]
enum Segment {
    Saved(SegmentSaved),
    /// Its id is not used again, so that a version is never of two filters.
    Deleted,
}

#[derive(Debug, Clone)]
pub enum SegmentsCommand {
    Save {
        segment_id: Uuid,
        /// What the change is based on. 0: a new segment.
        version: i64,
        name: SegmentName,
        /// `None`: of all accounts.
        account_id: Option<Uuid>,
        /// By tag ids, in its canonical form.
        sealed_filter: Vec<u8>,
        filter_digest: Vec<u8>,
        now: DateTime<Utc>,
    },
    Delete {
        segment_id: Uuid,
        /// What is to be deleted. 0: whatever there is.
        version: i64,
        now: DateTime<Utc>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SegmentsError {
    #[error("there is no such segment, or it has been deleted")]
    NotFound,
    #[error("the segment is at version {0}; look at it, and change that")]
    OtherVersion(i64),
    #[error("another segment has the name {0:?}")]
    NameTaken(String),
    #[error("the team has {SEGMENTS_MAX} segments; delete one first")]
    TooMany,
}

impl Segments {
    /// The stream of a team's segments.
    #[must_use]
    pub fn stream_of(team_id: Uuid) -> Uuid {
        Uuid::new_v5(&team_id, b"segments")
    }

    /// A segment as it was last saved, unless there is none or it has been deleted.
    #[must_use]
    pub fn get(&self, segment_id: Uuid) -> Option<&SegmentSaved> {
        match self.segments.get(&segment_id) {
            Some(Segment::Saved(saved)) => Some(saved),
            Some(Segment::Deleted) | None => None,
        }
    }

    fn save(&self, saved: SegmentSaved) -> Result<Vec<Event>, SegmentsError> {
        let segment_id = id(&saved.segment_id);
        match self.segments.get(&segment_id) {
            None if saved.version > 1 => return Err(SegmentsError::NotFound),
            None if self.count() >= SEGMENTS_MAX => return Err(SegmentsError::TooMany),
            Some(Segment::Deleted) => return Err(SegmentsError::NotFound),
            // The answer to the first try was lost.
            Some(Segment::Saved(present)) if is_repeat(present, &saved) => return Ok(vec![]),
            Some(Segment::Saved(present)) if present.version.saturating_add(1) != saved.version => {
                return Err(SegmentsError::OtherVersion(present.version));
            }
            None | Some(Segment::Saved(_)) => {}
        }
        if self.is_taken(&saved.name, segment_id) {
            return Err(SegmentsError::NameTaken(saved.name));
        }
        Ok(vec![Event::Saved(saved)])
    }

    fn delete(&self, segment_id: Uuid, version: i64) -> Result<bool, SegmentsError> {
        match self.segments.get(&segment_id) {
            None => Err(SegmentsError::NotFound),
            Some(Segment::Deleted) => Ok(false),
            Some(Segment::Saved(saved)) if version != 0 && version != saved.version => {
                Err(SegmentsError::OtherVersion(saved.version))
            }
            Some(Segment::Saved(_)) => Ok(true),
        }
    }

    /// Names that look the same are the same.
    fn is_taken(&self, wanted: &str, by_other_than: Uuid) -> bool {
        let wanted = fold_name(wanted);
        self.segments.iter().any(|(id, segment)| match segment {
            Segment::Saved(saved) => *id != by_other_than && fold_name(&saved.name) == wanted,
            Segment::Deleted => false,
        })
    }

    fn count(&self) -> usize {
        let saved = |segment: &&Segment| matches!(segment, Segment::Saved(_));
        self.segments.values().filter(saved).count()
    }
}

/// Whether it says what has been said, but for the time and the seal.
fn is_repeat(present: &SegmentSaved, saved: &SegmentSaved) -> bool {
    let at_that_time = SegmentSaved {
        saved_at: present.saved_at,
        sealed_filter: present.sealed_filter.clone(),
        ..saved.clone()
    };
    *present == at_that_time
}

impl Aggregate for Segments {
    const CATEGORY: &'static str = "segments";

    type Command = SegmentsCommand;
    type Event = Event;
    type Error = SegmentsError;

    fn decide(&self, command: SegmentsCommand) -> Result<Vec<Event>, SegmentsError> {
        match command {
            SegmentsCommand::Save {
                segment_id,
                version,
                name,
                account_id,
                sealed_filter,
                filter_digest,
                now,
            } => self.save(SegmentSaved {
                segment_id: to_bytes(segment_id),
                name: name.into_string(),
                account_id: account_id.map(to_bytes).unwrap_or_default(),
                sealed_filter,
                filter_digest,
                // As the read model keeps it.
                saved_at: Some(to_timestamp(now.trunc_subsecs(6))),
                version: version.saturating_add(1),
            }),
            SegmentsCommand::Delete {
                segment_id,
                version,
                now,
            } => {
                let deleted = self.delete(segment_id, version)?.then(|| {
                    Event::Deleted(SegmentDeleted {
                        segment_id: to_bytes(segment_id),
                        deleted_at: Some(to_timestamp(now.trunc_subsecs(6))),
                    })
                });
                Ok(deleted.into_iter().collect())
            }
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Saved(saved) => {
                self.segments
                    .insert(id(&saved.segment_id), Segment::Saved(saved.clone()));
            }
            Event::Deleted(deleted) => {
                self.segments
                    .insert(id(&deleted.segment_id), Segment::Deleted);
            }
        }
        self
    }
}
