use std::{collections::HashSet, sync::Arc};

use anyhow::{Context as _, ensure};
use bootstrap::Clock;
use broadcast_domain::{Chunk, ChunkCommand, ChunkError};
use event_store::{EventStore, ExecuteError};
use sqlx::PgPool;
use uuid::Uuid;
use vault::{Aad, Vault};

use super::{ACTOR, each};
use crate::{
    dispatch::{self, ADDRESSES, Marked},
    metadata,
};

/// Why people who were deleted were not sent to.
const CODE: &str = "contact_deleted";
/// Chunks that are looked at in one go, in no order: some wait for an open window.
const CHUNKS_MAX: i64 = 100;

/// Leaves out people who were deleted after their broadcast was frozen, and forgets their addresses.
///
/// A window that has begun is left alone: its people may have been sent to, and the same request has to
/// be made again to know. The rest of its chunk waits until it is over.
#[derive(Debug, Clone)]
pub(crate) struct LeaveOut {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
}

impl LeaveOut {
    pub(crate) async fn look(self: Arc<Self>) -> anyhow::Result<()> {
        let leave_out = &self;
        let marked = dispatch::marked_chunks(&self.pool, CHUNKS_MAX).await?;
        each(marked, |chunk| async move {
            let left_out = leave_out.leave_out(&chunk).await;
            left_out.with_context(|| format!("cannot leave people out of chunk {}", chunk.chunk_id))
        })
        .await
    }

    /// First the outcome: from then on no window has these people, so that nobody needs their addresses.
    async fn leave_out(&self, chunk: &Marked) -> anyhow::Result<()> {
        let context = metadata::context(chunk.team_id, ACTOR, chunk.broadcast_id, None);
        let command = ChunkCommand::LeaveOut {
            contact_ids: events::ids(&chunk.erased).collect(),
            code: CODE.to_owned(),
            at: self.clock.now(),
        };
        let executed = self
            .store
            .execute::<Chunk>(&context, chunk.chunk_id, command)
            .await;
        match executed {
            Ok(_) => self.rewrite(chunk).await,
            Err(ExecuteError::Refused(ChunkError::WindowOpen(_))) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn rewrite(&self, chunk: &Marked) -> anyhow::Result<()> {
        let key = self
            .vault
            .broadcast_key(chunk.team_id, chunk.broadcast_id)
            .await?;
        // Without a key, or without addresses, there is nothing left to forget.
        let addresses = match (&chunk.sealed_addresses, key) {
            (Some(sealed), Some(key)) => {
                let aad = Aad {
                    team_id: chunk.team_id,
                    subject_id: chunk.broadcast_id,
                    event_id: chunk.chunk_id,
                    event_type: ADDRESSES,
                };
                let opened = key.open(&aad, sealed).context("cannot open addresses")?;
                let kept = without(chunk, &String::from_utf8(opened)?)?;
                Some(key.seal(&aad, kept.as_bytes()))
            }
            (None | Some(_), None) | (None, Some(_)) => None,
        };
        dispatch::rewrite(&self.pool, chunk, addresses.as_deref()).await?;
        Ok(())
    }
}

/// The addresses with an empty line for each person who was deleted: places stay what they were.
fn without(chunk: &Marked, addresses: &str) -> anyhow::Result<String> {
    let erased: HashSet<Uuid> = events::ids(&chunk.erased).collect();
    let addresses: Vec<&str> = addresses.split('\n').collect();
    let contacts = events::ids(&chunk.contact_ids);
    ensure!(
        addresses.len() == contacts.len(),
        "a chunk has not as many addresses as contacts"
    );
    let kept: Vec<&str> = contacts
        .zip(addresses)
        .map(|(contact_id, address)| {
            if erased.contains(&contact_id) {
                ""
            } else {
                address
            }
        })
        .collect();
    Ok(kept.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_left_out_keeps_an_empty_place() {
        let ids = [1_u128, 2, 3].map(Uuid::from_u128);
        let chunk = Marked {
            chunk_id: Uuid::nil(),
            broadcast_id: Uuid::nil(),
            team_id: Uuid::nil(),
            contact_ids: events::join_ids(ids),
            erased: events::join_ids([ids[2], ids[0]]),
            sealed_addresses: None,
        };
        assert_eq!(without(&chunk, "a\nb\nc").unwrap(), "\nb\n");
        assert!(without(&chunk, "a\nb").is_err());
    }
}
