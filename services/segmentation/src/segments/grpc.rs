use std::sync::Arc;

use bootstrap::{Clock, PageTokens, page_size, principal};
use event_bus::{ConsistencyToken, Progress};
use event_store::{CommandContext, LogPosition, read_head};
use events::from_timestamp;
use prost::Message as _;
use proto::{
    log::v1::EventMetadata,
    segmentation::v1::{
        DeleteSegmentRequest, DeleteSegmentResponse, GetSegmentRequest, GetSegmentResponse,
        ListSegmentsRequest, ListSegmentsResponse, SaveSegmentRequest, SaveSegmentResponse,
        segments_service_server::SegmentsService,
    },
};
use segmentation_domain::{SegmentName, Segments, SegmentsCommand};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::Vault;

use super::{
    SegmentsLog, asked, queries,
    queries::Saved,
    sealing::{self, SealedFilter},
    shown::show,
    status,
    tag_names::TagNames,
};
use crate::status::{caught_up, parse_id};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 100;

/// Keeps the caller's segments.
#[derive(Debug)]
pub(crate) struct SegmentsGrpc {
    pub(crate) pool: PgPool,
    pub(crate) vault: Vault,
    pub(crate) log: SegmentsLog,
    /// Of the contacts' read model, which knows accounts and tags.
    pub(crate) contacts: Progress,
    pub(crate) page_tokens: PageTokens,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl SegmentsService for SegmentsGrpc {
    #[tracing::instrument(skip_all)]
    async fn save_segment(
        &self,
        request: Request<SaveSegmentRequest>,
    ) -> Result<Response<SaveSegmentResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let segment_id = parse_id("segment_id", &request.segment_id)?;
        let version = parse_version(request.version)?;
        let name = SegmentName::parse(&request.name).map_err(status::wrong_name)?;
        self.caught_up(&request.consistency_token).await?;
        let account_id = self.account(caller.team_id, &request.account_id).await?;
        let filter = self.filter(caller.team_id, &request).await?;

        let command = SegmentsCommand::Save {
            segment_id,
            version,
            name,
            account_id,
            sealed_filter: filter.sealed,
            filter_digest: filter.digest,
            now: self.clock.now(),
        };
        let at = self
            .execute(caller.team_id, &caller.subject, command)
            .await?;
        let segment = self.saved(caller.team_id, segment_id, version + 1).await?;
        let mut shown = show(&self.pool, &self.vault, caller.team_id, vec![segment]).await?;
        Ok(Response::new(SaveSegmentResponse {
            segment: shown.pop(),
            consistency_token: self.token(at),
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_segment(
        &self,
        request: Request<GetSegmentRequest>,
    ) -> Result<Response<GetSegmentResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let segment_id = parse_id("segment_id", &request.segment_id)?;
        let version = parse_version(request.version)?;
        self.caught_up(&request.consistency_token).await?;
        let segment = queries::find(&self.pool, team_id, segment_id, version)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_segment)?;
        let mut shown = show(&self.pool, &self.vault, team_id, vec![segment]).await?;
        Ok(Response::new(GetSegmentResponse {
            segment: shown.pop(),
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_segments(
        &self,
        request: Request<ListSegmentsRequest>,
    ) -> Result<Response<ListSegmentsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        let after = self.after(team_id, &request.page_token)?;
        self.caught_up(&request.consistency_token).await?;
        let limit = i64::from(size) + 1;
        let mut page = queries::list(&self.pool, team_id, &after, limit)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = page.len() > size;
        page.truncate(size);
        let next_page_token = match page.last() {
            Some(last) if more => self.page_token(team_id, last),
            Some(_) | None => String::new(),
        };
        Ok(Response::new(ListSegmentsResponse {
            segments: show(&self.pool, &self.vault, team_id, page).await?,
            next_page_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn delete_segment(
        &self,
        request: Request<DeleteSegmentRequest>,
    ) -> Result<Response<DeleteSegmentResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let command = SegmentsCommand::Delete {
            segment_id: parse_id("segment_id", &request.segment_id)?,
            version: parse_version(request.version)?,
            now: self.clock.now(),
        };
        let at = self
            .execute(caller.team_id, &caller.subject, command)
            .await?;
        Ok(Response::new(DeleteSegmentResponse {
            consistency_token: self.token(at),
        }))
    }
}

impl SegmentsGrpc {
    async fn caught_up(&self, token: &str) -> Result<(), Status> {
        caught_up(&self.contacts, token).await?;
        caught_up(&self.log.progress, token).await
    }

    async fn account(&self, team_id: Uuid, account_id: &str) -> Result<Option<Uuid>, Status> {
        if account_id.is_empty() {
            return Ok(None);
        }
        let account_id = parse_id("account_id", account_id)?;
        let found = queries::has_account(&self.pool, team_id, account_id).await;
        if found.map_err(|error| bootstrap::internal(&error))? {
            Ok(Some(account_id))
        } else {
            Err(status::no_account())
        }
    }

    async fn filter(
        &self,
        team_id: Uuid,
        request: &SaveSegmentRequest,
    ) -> Result<SealedFilter, Status> {
        if request.filter.is_none() && request.filter_text.is_empty() {
            return Err(status::no_filter());
        }
        let asked = asked::given(request.filter.as_ref(), &request.filter_text)?;
        let tags = TagNames::of_filter(&self.pool, team_id, &asked.filter)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let filter = asked.resolve(|tag| tags.find(tag))?;
        sealing::seal(&self.vault, team_id, filter)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::too_large)
    }

    async fn execute(
        &self,
        team_id: Uuid,
        subject: &str,
        command: SegmentsCommand,
    ) -> Result<LogPosition, Status> {
        let metadata = EventMetadata {
            trace_parent: telemetry::trace_parent().unwrap_or_default(),
            actor: subject.to_owned(),
            ..EventMetadata::default()
        };
        let context = CommandContext {
            team_id,
            // Versions make a repeat recognisable.
            request_id: None,
            metadata: metadata.encode_to_vec(),
        };
        let stream = Segments::stream_of(team_id);
        let executed = self
            .log
            .store
            .execute::<Segments>(&context, stream, command);
        let executed = executed.await.map_err(|error| status::execute(&error))?;
        match executed.at {
            Some(at) => Ok(at),
            // A repeat is after everything that its first answer was after.
            None => self.head(self.log.store.partition_of(stream)).await,
        }
    }

    async fn head(&self, partition: i16) -> Result<LogPosition, Status> {
        let position = read_head(&self.pool, partition)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(LogPosition {
            partition,
            position,
        })
    }

    /// What has just been saved, from the log: the read model may be behind.
    async fn saved(&self, team_id: Uuid, segment_id: Uuid, version: i64) -> Result<Saved, Status> {
        let stream = Segments::stream_of(team_id);
        let loaded = self.log.store.load::<Segments>(stream).await;
        let segments = loaded.map_err(|error| bootstrap::internal(&error))?.state;
        let saved = segments.get(segment_id).ok_or_else(status::no_segment)?;
        if saved.version != version {
            return Err(status::changed_since());
        }
        Ok(Saved {
            segment_id,
            version,
            name: saved.name.clone(),
            account_id: (!saved.account_id.is_empty()).then(|| events::id(&saved.account_id)),
            sealed_filter: saved.sealed_filter.clone(),
            saved_at: from_timestamp(saved.saved_at.as_ref()).unwrap_or_default(),
        })
    }

    fn token(&self, at: LogPosition) -> String {
        ConsistencyToken::of(&self.log.store.meta().name, at).encode()
    }

    fn page_token(&self, team_id: Uuid, last: &Saved) -> String {
        let last = [last.segment_id.as_bytes(), last.name.as_bytes()].concat();
        self.page_tokens.seal(team_id, LIST, &last)
    }

    /// The last segment of the page before.
    fn after(&self, team_id: Uuid, page_token: &str) -> Result<(String, Uuid), Status> {
        if page_token.is_empty() {
            return Ok((String::new(), Uuid::nil()));
        }
        let opened = self.page_tokens.open(team_id, LIST, page_token)?;
        let last = opened.split_first_chunk::<16>().and_then(|(id, name)| {
            let name = String::from_utf8(name.to_vec()).ok()?;
            Some((name, Uuid::from_bytes(*id)))
        });
        last.ok_or_else(|| {
            bootstrap::invalid_argument("page_token", "PAGE_TOKEN_INVALID", "is not one of ours")
        })
    }
}

const LIST: &[u8] = b"segments.list";

fn parse_version(version: i64) -> Result<i64, Status> {
    if (0..i64::MAX).contains(&version) {
        Ok(version)
    } else {
        Err(status::wrong_version())
    }
}
