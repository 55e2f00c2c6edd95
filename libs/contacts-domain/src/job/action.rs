use events::{
    common::Purpose,
    contact::{ConsentAction, EraseAction, ImportAction, TagAction, job_started::Action},
    ids, join_ids,
};
use uuid::Uuid;

/// What is done to each contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobAction {
    /// Contacts come from a file.
    Import { dry_run: bool },
    Tag {
        added: Vec<Uuid>,
        removed: Vec<Uuid>,
    },
    Consent {
        purposes: Vec<Purpose>,
        opted_out: bool,
    },
    /// Only if there are as many as was expected.
    Erase { expected_contacts: i64 },
}

impl JobAction {
    pub(super) fn to_message(&self) -> Action {
        match self {
            Self::Import { dry_run } => Action::Import(ImportAction { dry_run: *dry_run }),
            Self::Tag { added, removed } => Action::Tag(TagAction {
                added_tag_ids: join_ids(added.iter().copied()),
                removed_tag_ids: join_ids(removed.iter().copied()),
            }),
            Self::Consent {
                purposes,
                opted_out,
            } => Action::Consent(ConsentAction {
                purposes: purposes.iter().map(|purpose| (*purpose).into()).collect(),
                opted_out: *opted_out,
            }),
            Self::Erase { expected_contacts } => Action::Erase(EraseAction {
                expected_contacts: *expected_contacts,
            }),
        }
    }

    pub(super) fn from_message(action: Option<&Action>) -> Self {
        match action {
            Some(Action::Tag(tag)) => Self::Tag {
                added: ids(&tag.added_tag_ids).collect(),
                removed: ids(&tag.removed_tag_ids).collect(),
            },
            Some(Action::Consent(consent)) => Self::Consent {
                purposes: consent.purposes().collect(),
                opted_out: consent.opted_out,
            },
            Some(Action::Erase(erase)) => Self::Erase {
                expected_contacts: erase.expected_contacts,
            },
            Some(Action::Import(import)) => Self::Import {
                dry_run: import.dry_run,
            },
            // A kind from a later release: nothing is changed.
            None => Self::Import { dry_run: true },
        }
    }
}
