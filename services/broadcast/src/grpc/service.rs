use std::sync::Arc;

use bootstrap::{Clock, PageTokens, Principal, principal};
use broadcast_domain::{Broadcast, BroadcastCommand, POLICY_VERSION};
use event_bus::{ConsistencyToken, Progress};
use event_store::{EventStore, Executed};
use proto::broadcast::v1::{
    ConfirmBroadcastRequest, ConfirmBroadcastResponse, CreateBroadcastRequest,
    CreateBroadcastResponse, GetBroadcastRequest, GetBroadcastResponse, ListBroadcastsRequest,
    ListBroadcastsResponse, PreviewBroadcastRequest, PreviewBroadcastResponse,
    ResumeBroadcastRequest, ResumeBroadcastResponse, broadcast_service_server::BroadcastService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    LOG, LinksConfig, metadata,
    preview::{Previews, blocking, changed},
    status,
};

/// Broadcasts of the caller's own team, and of no other.
#[derive(Debug)]
pub(crate) struct BroadcastGrpc {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) previews: Previews,
    /// Of the list of broadcasts.
    pub(crate) progress: Progress,
    /// Of the accounts.
    pub(crate) accounts: Progress,
    pub(crate) page_tokens: PageTokens,
    pub(crate) links: LinksConfig,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl BroadcastService for BroadcastGrpc {
    #[tracing::instrument(skip_all)]
    async fn create_broadcast(
        &self,
        request: Request<CreateBroadcastRequest>,
    ) -> Result<Response<CreateBroadcastResponse>, Status> {
        let caller = principal(&request)?.clone();
        self.create(&caller, request.into_inner())
            .await
            .map(Response::new)
    }

    #[tracing::instrument(skip_all, fields(broadcast.id = request.get_ref().broadcast_id))]
    async fn preview_broadcast(
        &self,
        request: Request<PreviewBroadcastRequest>,
    ) -> Result<Response<PreviewBroadcastResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let broadcast_id = status::parse_id("broadcast_id", &request.broadcast_id)?;
        let token = status::parse_token(&request.consistency_token)?;
        status::caught_up(&self.accounts, &token).await?;
        let draft = self.draft(team_id, broadcast_id).await?;
        let preview = self.previews.preview(team_id, &draft, &token).await?;
        Ok(Response::new(preview))
    }

    #[tracing::instrument(skip_all, fields(broadcast.id = request.get_ref().broadcast_id))]
    async fn confirm_broadcast(
        &self,
        request: Request<ConfirmBroadcastRequest>,
    ) -> Result<Response<ConfirmBroadcastResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let broadcast_id = status::parse_id("broadcast_id", &request.broadcast_id)?;
        let request_id = status::parse_id("request_id", &request.request_id)?;
        if let Some(token) = self.confirmed(&caller, broadcast_id, request_id).await? {
            let broadcast = self.show(caller.team_id, broadcast_id, &token).await?;
            return Ok(Response::new(ConfirmBroadcastResponse {
                broadcast: Some(broadcast),
                consistency_token: token.encode(),
            }));
        }
        let draft = self.draft(caller.team_id, broadcast_id).await?;
        let token = ConsistencyToken::default();
        let preview = self
            .previews
            .preview(caller.team_id, &draft, &token)
            .await?;
        if preview.preview_hash != request.preview_hash {
            let changed = changed(&request.preview_hash, &preview.preview_hash);
            return Err(status::preview_outdated(&changed));
        }
        if let Some(why) = blocking(&preview.findings) {
            return Err(bootstrap::failed_precondition(
                "BROADCAST_NOT_SENDABLE",
                why,
            ));
        }
        let command = BroadcastCommand::Confirm {
            preview_hash: request.preview_hash.into_bytes(),
            policy_version: POLICY_VERSION.to_owned(),
            at: self.clock.now(),
        };
        let token = self
            .execute(&caller, broadcast_id, Some(request_id), command)
            .await?;
        let broadcast = self.show(caller.team_id, broadcast_id, &token).await?;
        Ok(Response::new(ConfirmBroadcastResponse {
            broadcast: Some(broadcast),
            consistency_token: token.encode(),
        }))
    }

    #[tracing::instrument(skip_all, fields(broadcast.id = request.get_ref().broadcast_id))]
    async fn resume_broadcast(
        &self,
        request: Request<ResumeBroadcastRequest>,
    ) -> Result<Response<ResumeBroadcastResponse>, Status> {
        let caller = principal(&request)?.clone();
        let broadcast_id = status::parse_id("broadcast_id", &request.get_ref().broadcast_id)?;
        self.owned(caller.team_id, broadcast_id).await?;
        let command = BroadcastCommand::Resume {
            at: self.clock.now(),
        };
        let token = self.execute(&caller, broadcast_id, None, command).await?;
        let broadcast = self.show(caller.team_id, broadcast_id, &token).await?;
        Ok(Response::new(ResumeBroadcastResponse {
            broadcast: Some(broadcast),
            consistency_token: token.encode(),
        }))
    }

    #[tracing::instrument(skip_all, fields(broadcast.id = request.get_ref().broadcast_id))]
    async fn get_broadcast(
        &self,
        request: Request<GetBroadcastRequest>,
    ) -> Result<Response<GetBroadcastResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let broadcast_id = status::parse_id("broadcast_id", &request.broadcast_id)?;
        let token = status::parse_token(&request.consistency_token)?;
        let broadcast = self.show(team_id, broadcast_id, &token).await?;
        Ok(Response::new(GetBroadcastResponse {
            broadcast: Some(broadcast),
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_broadcasts(
        &self,
        request: Request<ListBroadcastsRequest>,
    ) -> Result<Response<ListBroadcastsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        self.list(team_id, request.into_inner())
            .await
            .map(Response::new)
    }
}

impl BroadcastGrpc {
    /// Runs a command, and returns the token of what it changed.
    pub(super) async fn execute(
        &self,
        caller: &Principal,
        broadcast_id: Uuid,
        request_id: Option<Uuid>,
        command: BroadcastCommand,
    ) -> Result<ConsistencyToken, Status> {
        let context = metadata::context(caller.team_id, &caller.subject, broadcast_id, request_id);
        let executed = self
            .store
            .execute::<Broadcast>(&context, broadcast_id, command)
            .await;
        Ok(token(&executed.map_err(|error| status::execute(&error))?))
    }

    /// Whether this very request has confirmed the broadcast before: then it is answered again.
    async fn confirmed(
        &self,
        caller: &Principal,
        broadcast_id: Uuid,
        request_id: Uuid,
    ) -> Result<Option<ConsistencyToken>, Status> {
        self.owned(caller.team_id, broadcast_id).await?;
        let receipt = self
            .store
            .find_receipt(broadcast_id, request_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(receipt.as_ref().map(token))
    }
}

fn token(executed: &Executed) -> ConsistencyToken {
    executed.at.map_or_else(ConsistencyToken::default, |at| {
        ConsistencyToken::of(LOG, at)
    })
}
