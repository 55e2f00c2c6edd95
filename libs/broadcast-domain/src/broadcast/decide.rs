use chrono::{DateTime, Utc};
use event_sourcing::Aggregate;
use events::{
    BroadcastLogEvent,
    broadcasts::{
        AudienceFrozen, BroadcastCompleted, BroadcastConfirmed, BroadcastDrafted, BroadcastPaused,
        BroadcastResumed, BroadcastStopped, ExcludedCount,
    },
    to_bytes, to_timestamp,
};

use super::{Broadcast, BroadcastCommand, BroadcastError, Draft, Frozen, evolve::evolve};

type Decision = Result<Vec<BroadcastLogEvent>, BroadcastError>;

impl Aggregate for Broadcast {
    const CATEGORY: &'static str = "broadcast";
    type Command = BroadcastCommand;
    type Event = BroadcastLogEvent;
    type Error = BroadcastError;

    fn decide(&self, command: BroadcastCommand) -> Decision {
        match self {
            Self::Absent => match command {
                BroadcastCommand::Draft { draft, at } => Ok(vec![drafted(draft, at).into()]),
                BroadcastCommand::Confirm { .. }
                | BroadcastCommand::Freeze { .. }
                | BroadcastCommand::Pause { .. }
                | BroadcastCommand::Resume { .. }
                | BroadcastCommand::Stop { .. }
                | BroadcastCommand::Complete { .. } => Err(BroadcastError::NotFound),
            },
            Self::Draft(draft) => of_draft(draft, command),
            Self::Preparing(draft) => of_preparing(draft, command),
            Self::Sending {
                draft,
                frozen,
                resumed,
            } => of_sending(draft, frozen, *resumed, command),
            Self::Paused { draft, frozen, .. } => of_paused(draft, frozen, command),
            Self::Done => of_ended(&command, BroadcastError::Done),
            Self::Stopped => of_ended(&command, BroadcastError::Stopped),
        }
    }

    fn evolve(self, event: &BroadcastLogEvent) -> Self {
        evolve(self, event)
    }
}

fn of_draft(draft: &Draft, command: BroadcastCommand) -> Decision {
    match command {
        BroadcastCommand::Draft { draft: other, .. } => same_draft(draft, &other),
        BroadcastCommand::Confirm {
            preview_hash,
            policy_version,
            at,
        } => Ok(vec![
            BroadcastConfirmed {
                broadcast_id: to_bytes(draft.broadcast_id),
                preview_hash,
                policy_version,
                confirmed_at: Some(to_timestamp(at)),
            }
            .into(),
        ]),
        BroadcastCommand::Freeze { .. }
        | BroadcastCommand::Pause { .. }
        | BroadcastCommand::Resume { .. }
        | BroadcastCommand::Stop { .. }
        | BroadcastCommand::Complete { .. } => Err(BroadcastError::NotConfirmed),
    }
}

fn of_preparing(draft: &Draft, command: BroadcastCommand) -> Decision {
    match command {
        BroadcastCommand::Draft { draft: other, .. } => same_draft(draft, &other),
        BroadcastCommand::Confirm { .. } => Err(BroadcastError::AlreadyConfirmed),
        BroadcastCommand::Freeze { frozen, at } => {
            Ok(vec![audience_frozen(draft, frozen, at).into()])
        }
        BroadcastCommand::Pause { .. }
        | BroadcastCommand::Resume { .. }
        | BroadcastCommand::Stop { .. }
        | BroadcastCommand::Complete { .. } => Err(BroadcastError::Preparing),
    }
}

fn of_sending(draft: &Draft, frozen: &Frozen, resumed: u32, command: BroadcastCommand) -> Decision {
    match command {
        BroadcastCommand::Draft { draft: other, .. } => same_draft(draft, &other),
        BroadcastCommand::Confirm { .. } => Err(BroadcastError::AlreadyConfirmed),
        BroadcastCommand::Freeze { frozen: other, .. } => same_audience(frozen, &other),
        BroadcastCommand::Pause { resumed: seen, .. } if seen < resumed => Ok(vec![]),
        BroadcastCommand::Pause {
            reason, detail, at, ..
        } => Ok(vec![
            BroadcastPaused {
                broadcast_id: to_bytes(draft.broadcast_id),
                reason: reason.into(),
                detail,
                paused_at: Some(to_timestamp(at)),
            }
            .into(),
        ]),
        BroadcastCommand::Resume { .. } => Ok(vec![]),
        BroadcastCommand::Stop { code, detail, at } => Ok(vec![stopped(draft, code, detail, at)]),
        BroadcastCommand::Complete { at } => Ok(vec![completed(draft, at)]),
    }
}

fn of_paused(draft: &Draft, frozen: &Frozen, command: BroadcastCommand) -> Decision {
    match command {
        BroadcastCommand::Draft { draft: other, .. } => same_draft(draft, &other),
        BroadcastCommand::Confirm { .. } => Err(BroadcastError::AlreadyConfirmed),
        BroadcastCommand::Freeze { frozen: other, .. } => same_audience(frozen, &other),
        BroadcastCommand::Pause { .. } => Ok(vec![]),
        BroadcastCommand::Resume { at } => Ok(vec![
            BroadcastResumed {
                broadcast_id: to_bytes(draft.broadcast_id),
                resumed_at: Some(to_timestamp(at)),
            }
            .into(),
        ]),
        BroadcastCommand::Stop { code, detail, at } => Ok(vec![stopped(draft, code, detail, at)]),
        // The last window may settle after the pause.
        BroadcastCommand::Complete { at } => Ok(vec![completed(draft, at)]),
    }
}

/// A broadcast that has ended takes no command, but for the one that ended it.
fn of_ended(command: &BroadcastCommand, refusal: BroadcastError) -> Decision {
    let ended_it = match command {
        BroadcastCommand::Complete { .. } => refusal == BroadcastError::Done,
        BroadcastCommand::Stop { .. } => refusal == BroadcastError::Stopped,
        BroadcastCommand::Draft { .. }
        | BroadcastCommand::Confirm { .. }
        | BroadcastCommand::Freeze { .. }
        | BroadcastCommand::Pause { .. }
        | BroadcastCommand::Resume { .. } => false,
    };
    if ended_it { Ok(vec![]) } else { Err(refusal) }
}

fn same_draft(draft: &Draft, other: &Draft) -> Decision {
    if draft == other {
        Ok(vec![])
    } else {
        Err(BroadcastError::AlreadyExists)
    }
}

fn same_audience(frozen: &Frozen, other: &Frozen) -> Decision {
    if frozen == other {
        Ok(vec![])
    } else {
        Err(BroadcastError::AlreadyFrozen)
    }
}

fn drafted(draft: Draft, at: DateTime<Utc>) -> BroadcastDrafted {
    let (audience, sealed_audience, audience_digest) = draft.audience.into_fields();
    BroadcastDrafted {
        broadcast_id: to_bytes(draft.broadcast_id),
        account_id: to_bytes(draft.account_id),
        channel: draft.channel.into(),
        name: draft.name,
        audience,
        sealed_audience,
        audience_digest,
        messages: draft.messages,
        links: draft.links,
        personal_links: draft.personal_links,
        drafted_at: Some(to_timestamp(at)),
    }
}

fn audience_frozen(draft: &Draft, frozen: Frozen, at: DateTime<Utc>) -> AudienceFrozen {
    let excluded = frozen.excluded.into_iter();
    AudienceFrozen {
        broadcast_id: to_bytes(draft.broadcast_id),
        included: frozen.included,
        excluded: excluded
            .map(|(reason, contacts)| ExcludedCount {
                reason: reason.into(),
                contacts,
            })
            .collect(),
        chunk_count: frozen.chunk_count,
        digest: frozen.digest,
        frozen_at: Some(to_timestamp(at)),
    }
}

fn stopped(draft: &Draft, code: String, detail: String, at: DateTime<Utc>) -> BroadcastLogEvent {
    BroadcastStopped {
        broadcast_id: to_bytes(draft.broadcast_id),
        code,
        detail,
        stopped_at: Some(to_timestamp(at)),
    }
    .into()
}

fn completed(draft: &Draft, at: DateTime<Utc>) -> BroadcastLogEvent {
    BroadcastCompleted {
        broadcast_id: to_bytes(draft.broadcast_id),
        completed_at: Some(to_timestamp(at)),
    }
    .into()
}
