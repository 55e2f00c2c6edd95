//! What somebody wants, and what is appended for it.

mod command;
mod consent;
mod lots;
mod people;
mod single;
mod tags;

pub(crate) use self::{
    command::{Command, CommandError},
    consent::{Standing, standings},
    lots::Lots,
    people::{Identity, KnownContact, contacts_of, find_contact, find_contacts},
    single::{append_all_to_contact, append_to_contact},
    tags::{EnsuredTags, ensure_tags, known_tags},
};

use bootstrap::Principal;
use event_store::CommandContext;
use uuid::Uuid;

use crate::metadata;

/// Who wants it, and what makes a repeat of it recognisable.
///
/// A request id that was used for another method does not stand for this one.
fn context(caller: &Principal, request_id: Uuid, method: &str) -> CommandContext {
    CommandContext {
        team_id: caller.team_id,
        request_id: Some(Uuid::new_v5(&request_id, method.as_bytes())),
        metadata: metadata::of_command(&caller.subject, request_id),
    }
}

/// As [`context`], of a command that is done as often as it is sent.
pub(crate) fn context_of_once(caller: &Principal) -> CommandContext {
    CommandContext {
        team_id: caller.team_id,
        request_id: None,
        metadata: metadata::of_command(&caller.subject, Uuid::now_v7()),
    }
}
