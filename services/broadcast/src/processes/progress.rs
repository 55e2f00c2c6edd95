use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use broadcast_domain::{Chunk, ChunkCommand, Progress, Recipients};
use channels::{
    meta::{Action, Refusal},
    whatsapp,
};
use chrono::{DateTime, Utc};
use event_store::{EventStore, ExecuteError};
use events::{
    broadcasts::FailureClass,
    common::{Channel, ProgressKind},
};
use sqlx::PgPool;
use tracing::warn;

use super::{ACTOR, each};
use crate::{
    metadata,
    told::{self, Told, ToldChunk},
};

/// Chunks that are looked at in one go.
const CHUNKS_MAX: i64 = 100;
/// How soon to look again for a chunk that is not in the log.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// Puts what channels told of messages into the log of the chunks that they were sent in.
///
/// It may be killed anywhere, and there may be several: a chunk takes in everything once.
#[derive(Debug, Clone)]
pub(crate) struct Progressor {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
}

impl Progressor {
    pub(crate) async fn look(self: Arc<Self>) -> anyhow::Result<()> {
        let progressor = &self;
        let chunks = told::chunks(&self.pool, CHUNKS_MAX).await?;
        each(chunks, |chunk| async move {
            let taken = progressor.take(&chunk).await;
            taken.with_context(|| {
                format!("cannot take in what was told of chunk {}", chunk.chunk_id)
            })
        })
        .await
    }

    /// What nobody will ever ask for.
    pub(crate) async fn forget_old(self: Arc<Self>) -> anyhow::Result<()> {
        Ok(told::forget_old(&self.pool).await?)
    }

    async fn take(&self, chunk: &ToldChunk) -> anyhow::Result<()> {
        let told = told::of_chunk(&self.pool, chunk).await?;
        let ids: Vec<i64> = told.iter().map(|told| told.told_id).collect();
        match self.store.team_of(chunk.chunk_id).await? {
            Some(team_id) if team_id == chunk.team_id => self.progress(chunk, told).await?,
            // Whoever signs webhooks chooses what comes back: another team's chunk is none of this team's.
            Some(_) => {
                warn!(team.id = %chunk.team_id, chunk.id = %chunk.chunk_id, "what was told is of another team's chunk");
            }
            // Perhaps another installation's that shares the account.
            None => {
                told::put_off(&self.pool, &ids, LOOK_AGAIN).await?;
                return Ok(());
            }
        }
        told::forget(&self.pool, &ids).await?;
        Ok(())
    }

    async fn progress(&self, chunk: &ToldChunk, told: Vec<Told>) -> anyhow::Result<()> {
        for progress in together(told) {
            // The broadcast is not known here, and the chunk names it.
            let context = metadata::context(chunk.team_id, ACTOR, chunk.chunk_id, None);
            let command = ChunkCommand::Progress(progress);
            let executed = self
                .store
                .execute::<Chunk>(&context, chunk.chunk_id, command)
                .await;
            match executed {
                Ok(_) => {}
                // The stream of something else.
                Err(ExecuteError::Refused(refusal)) => {
                    warn!(chunk.id = %chunk.chunk_id, %refusal, "what was told is of no chunk");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Everybody of whom the same was told, in one.
fn together(told: Vec<Told>) -> Vec<Progress> {
    let mut groups: BTreeMap<(i32, i32, String), (Recipients, DateTime<Utc>)> = BTreeMap::new();
    for told in told {
        let place: Recipients = std::iter::once(told.place..told.place.saturating_add(1)).collect();
        let group = groups
            .entry((told.kind, told.channel, told.code))
            .or_insert_with(|| (Recipients::default(), told.occurred_at));
        group.0 = group.0.with(&place);
        group.1 = group.1.max(told.occurred_at);
    }
    let groups = groups.into_iter();
    groups
        .map(|((kind, channel, code), (recipients, occurred_at))| {
            let kind = ProgressKind::try_from(kind).unwrap_or_default();
            let channel = Channel::try_from(channel).unwrap_or_default();
            let (failure_class, code) = match kind {
                ProgressKind::Failed => failure(channel, code),
                ProgressKind::Unspecified
                | ProgressKind::Accepted
                | ProgressKind::Delivered
                | ProgressKind::Read => (FailureClass::Unspecified, String::new()),
            };
            Progress {
                recipients,
                kind,
                failure_class,
                code,
                occurred_at,
            }
        })
        .collect()
}

/// What a channel's code of a failure means, in the words in which delivery would have written it down.
fn failure(channel: Channel, code: String) -> (FailureClass, String) {
    match (channel, code.parse()) {
        (Channel::Whatsapp, Ok(number)) => {
            let refusal = whatsapp::reported(number, "");
            (class(&refusal), refusal.label())
        }
        (
            Channel::Whatsapp
            | Channel::Messenger
            | Channel::Email
            | Channel::Line
            | Channel::Unspecified,
            Ok(_) | Err(_),
        ) => (FailureClass::Recipient, code),
    }
}

fn class(refusal: &Refusal) -> FailureClass {
    match refusal.action {
        Action::SkipPerson(_) | Action::DeferPerson | Action::Retry => FailureClass::Recipient,
        Action::StopBroadcast => FailureClass::Content,
        Action::Pause(_) | Action::Stop(_) => FailureClass::Account,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(place: u32, kind: ProgressKind, code: &str) -> Told {
        Told {
            told_id: i64::from(place),
            place,
            channel: Channel::Whatsapp.into(),
            kind: kind.into(),
            code: code.to_owned(),
            occurred_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_is_told_of_many_is_one_event_and_failures_have_their_class() {
        let all = together(vec![
            told(2, ProgressKind::Delivered, ""),
            told(0, ProgressKind::Delivered, ""),
            told(1, ProgressKind::Delivered, ""),
            told(4, ProgressKind::Failed, "131049"),
            told(5, ProgressKind::Failed, "132015"),
            told(6, ProgressKind::Failed, "131042"),
            told(7, ProgressKind::Failed, "new"),
        ]);
        let said: Vec<_> = all
            .iter()
            .map(|told| {
                (
                    told.recipients.len(),
                    told.failure_class,
                    told.code.as_str(),
                )
            })
            .collect();
        let expected = [
            (3, FailureClass::Unspecified, ""),
            (1, FailureClass::Account, "131042 payment"),
            (1, FailureClass::Recipient, "131049 marketing_cap"),
            (1, FailureClass::Content, "132015 template_paused"),
            (1, FailureClass::Recipient, "new"),
        ];
        assert_eq!(said, expected);
    }
}
