use bootstrap::Principal;
use event_store::{AppendError, Appended, CommandContext, LogPosition};
use prost::Message;
use sqlx::PgPool;
use uuid::Uuid;
use vault::{Vault, VaultError};

use super::{context, context_of_once};

/// What somebody wants, and what tells it from anything else under the same request id.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) context: CommandContext,
    /// Stored with the receipt. Empty: it is done as often as it is sent.
    pub(super) digest: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("the request id was used for another request")]
    Reused,
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error("cannot look for what was done before")]
    Database(#[from] sqlx::Error),
}

impl Command {
    /// `request` may hold personal data: only an HMAC of it is kept.
    pub(crate) async fn new(
        vault: &Vault,
        caller: &Principal,
        (method, request_id): (&str, Uuid),
        request: &impl Message,
    ) -> Result<Self, VaultError> {
        let lookup = vault.lookup_key(caller.team_id).await?;
        Ok(Self {
            context: context(caller, request_id, method),
            digest: lookup.digest(&request.encode_to_vec()).to_vec(),
        })
    }

    /// Done as often as it is sent.
    pub(crate) fn once(caller: &Principal) -> Self {
        Self {
            context: context_of_once(caller),
            digest: Vec::new(),
        }
    }

    /// The same command without a receipt: more of what it is about.
    pub(crate) fn further(&self) -> Self {
        Self {
            context: CommandContext {
                request_id: None,
                ..self.context.clone()
            },
            digest: Vec::new(),
        }
    }

    pub(super) fn appended(&self, appended: Appended) -> Result<Appended, CommandError> {
        if appended.repeated {
            self.same(&appended.answer)?;
        }
        Ok(appended)
    }

    /// Receipts of earlier releases do not say what was asked for.
    pub(super) fn same(&self, answer: &[u8]) -> Result<(), CommandError> {
        if answer.is_empty() || answer == self.digest {
            Ok(())
        } else {
            Err(CommandError::Reused)
        }
    }

    /// Where the same command is in a contact's own stream, if it was done before.
    pub(crate) async fn before(
        &self,
        pool: &PgPool,
        partition: i16,
        contact_id: Uuid,
    ) -> Result<Option<LogPosition>, CommandError> {
        let Some(request_id) = self.context.request_id else {
            return Ok(None);
        };
        let receipts = self
            .receipts(pool, vec![contact_id], vec![request_id])
            .await?;
        Ok(receipts.first().map(|(_, position)| LogPosition {
            partition,
            position: *position,
        }))
    }

    /// The streams that have it already, and where.
    pub(super) async fn receipts(
        &self,
        pool: &PgPool,
        streams: Vec<Uuid>,
        receipt_ids: Vec<Uuid>,
    ) -> Result<Vec<(Uuid, i64)>, CommandError> {
        let rows = sqlx::query!(
            "SELECT receipts.stream_id, receipts.position, receipts.answer
             FROM unnest($1::uuid[], $2::uuid[]) AS asked (stream_id, request_id)
             JOIN log_receipts receipts USING (stream_id, request_id)",
            &streams,
            &receipt_ids,
        )
        .fetch_all(pool)
        .await?;
        let rows = rows.into_iter().map(|row| {
            self.same(&row.answer)?;
            Ok((row.stream_id, row.position))
        });
        rows.collect()
    }
}
