mod record;

use std::sync::Arc;

use bootstrap::{Clock, PageTokens, page_size, principal};
use chrono::{DateTime, Utc};
use event_bus::Progress;
use event_store::EventStore;
use events::to_timestamp;
use proto::contacts::v1::{
    ConversationMessage, ListMessagesRequest, ListMessagesResponse, MessageDirection,
    MessageSource, RecordMessageRequest, RecordMessageResponse,
    conversation_service_server::ConversationService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::{ContactKeys, Vault};

use crate::{
    commands::{KnownContact, find_contact},
    queries::{Said, SaidBefore, Saying, said},
    sealing::{Place, SealedContent, open_content},
    status,
};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1000;

/// Shows what contacts wrote and were sent.
#[derive(Debug)]
pub(crate) struct ConversationGrpc {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    /// Of the contacts' own read model.
    pub(crate) progress: Progress,
    /// Of whom broadcasts were sent to.
    pub(crate) broadcasts: Progress,
    pub(crate) page_tokens: PageTokens,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl ConversationService for ConversationGrpc {
    #[tracing::instrument(skip_all, fields(contact.id = request.get_ref().contact_id))]
    async fn record_message(
        &self,
        request: Request<RecordMessageRequest>,
    ) -> Result<Response<RecordMessageResponse>, Status> {
        record::record(self, request).await
    }

    #[tracing::instrument(skip_all, fields(contact.id = request.get_ref().contact_id))]
    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let page_size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        status::caught_up(&self.progress, &request.consistency_token).await?;
        status::caught_up(&self.broadcasts, &request.consistency_token).await?;
        let contact = self.contact(team_id, &request.contact_id).await?;
        let fingerprint = fingerprint(contact.contact_id);
        let before = if request.page_token.is_empty() {
            SaidBefore::END
        } else {
            let tokens = &self.page_tokens;
            decode(&tokens.open(team_id, &fingerprint, &request.page_token)?)
        };

        let page_size = usize::try_from(page_size).unwrap_or(usize::MAX);
        let mut page = said(&self.pool, team_id, contact, before, page_size + 1)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let has_more = page.len() > page_size;
        page.truncate(page_size);
        let next_page_token = match page.last() {
            Some(last) if has_more => {
                self.page_tokens
                    .seal(team_id, &fingerprint, &encode(last.at, last.id))
            }
            Some(_) | None => String::new(),
        };
        let keys = self
            .vault
            .contact_keys(team_id, &[contact.contact_id])
            .await;
        let keys = keys.map_err(|error| bootstrap::internal(&error))?;
        let messages: Result<_, Status> = page
            .into_iter()
            .map(|said| shown(&keys, team_id, contact.contact_id, said))
            .collect();
        Ok(Response::new(ListMessagesResponse {
            messages: messages?,
            next_page_token,
        }))
    }
}

impl ConversationGrpc {
    async fn contact(&self, team_id: Uuid, contact_id: &str) -> Result<KnownContact, Status> {
        let contact_id = status::parse_id("contact_id", contact_id)?;
        find_contact(&self.pool, team_id, contact_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_contact)
    }
}

fn shown(
    keys: &ContactKeys,
    team_id: Uuid,
    contact_id: Uuid,
    said: Said,
) -> Result<ConversationMessage, Status> {
    let at = Some(to_timestamp(said.at));
    let (source, sealed_content) = match said.what {
        Saying::Broadcast { text } => {
            return Ok(ConversationMessage {
                direction: MessageDirection::Out.into(),
                source: MessageSource::Broadcast.into(),
                at,
                text,
                broadcast_id: said.id.to_string(),
            });
        }
        Saying::Message {
            source,
            sealed_content,
        } => (
            MessageSource::try_from(i32::from(source)).unwrap_or_default(),
            sealed_content,
        ),
    };
    let (direction, of) = match source {
        MessageSource::Contact => (MessageDirection::In, SealedContent::Written),
        MessageSource::Unspecified
        | MessageSource::Agent
        | MessageSource::Bot
        | MessageSource::Welcome
        | MessageSource::Broadcast => (MessageDirection::Out, SealedContent::Sent),
    };
    let place = Place {
        team: team_id,
        contact: contact_id,
        event: said.id,
    };
    let text = open_content(keys, place, of, &sealed_content)
        .map_err(|error| bootstrap::internal(&*error))?;
    Ok(ConversationMessage {
        direction: direction.into(),
        source: source.into(),
        at,
        text,
        broadcast_id: String::new(),
    })
}

fn fingerprint(contact_id: Uuid) -> Vec<u8> {
    [b"ListMessages/".as_slice(), contact_id.as_bytes()].concat()
}

fn encode(at: DateTime<Utc>, id: Uuid) -> Vec<u8> {
    [
        id.as_bytes().as_slice(),
        &at.timestamp_micros().to_be_bytes(),
    ]
    .concat()
}

/// What [`encode`] made: a token can't be forged.
fn decode(payload: &[u8]) -> SaidBefore {
    let (id, at) = payload.split_at_checked(16).unwrap_or_default();
    let at = at.try_into().ok().map(i64::from_be_bytes);
    SaidBefore {
        at: at
            .and_then(DateTime::from_timestamp_micros)
            .unwrap_or(SaidBefore::END.at),
        id: events::id(id),
    }
}
