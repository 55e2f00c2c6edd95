//! A team's accounts.

mod change;
mod claim;
mod connect;
mod credentials;
mod shown;

use std::sync::Arc;

use bootstrap::{Clock, principal};
use contacts_domain::{Account as AccountAggregate, AccountCommand};
use event_bus::Progress;
use event_store::EventStore;
use proto::contacts::v1::{
    ConnectAccountRequest, ConnectAccountResponse, DisconnectAccountRequest,
    DisconnectAccountResponse, GetAccountRequest, GetAccountResponse, ListAccountsRequest,
    ListAccountsResponse, ReconnectAccountRequest, ReconnectAccountResponse,
    RotateCredentialsRequest, RotateCredentialsResponse, accounts_service_server::AccountsService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use vault::Vault;

use crate::{queries, status};

/// Connects, changes and shows a team's accounts.
#[derive(Debug)]
pub(crate) struct AccountsGrpc {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) progress: Progress,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl AccountsService for AccountsGrpc {
    #[tracing::instrument(skip_all)]
    async fn connect_account(
        &self,
        request: Request<ConnectAccountRequest>,
    ) -> Result<Response<ConnectAccountResponse>, Status> {
        let caller = principal(&request)?.clone();
        let (account, consistency_token) = self.connect(&caller, request.into_inner()).await?;
        Ok(Response::new(ConnectAccountResponse {
            account: Some(account),
            consistency_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_accounts(
        &self,
        request: Request<ListAccountsRequest>,
    ) -> Result<Response<ListAccountsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        status::caught_up(&self.progress, &request.get_ref().consistency_token).await?;
        let accounts = queries::list_accounts(&self.pool, team_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(Response::new(ListAccountsResponse { accounts }))
    }

    #[tracing::instrument(skip_all, fields(account.id = request.get_ref().account_id))]
    async fn get_account(
        &self,
        request: Request<GetAccountRequest>,
    ) -> Result<Response<GetAccountResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let account_id = status::parse_id("account_id", &request.account_id)?;
        status::caught_up(&self.progress, &request.consistency_token).await?;
        let account = queries::find_account(&self.pool, team_id, account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_account)?;
        Ok(Response::new(GetAccountResponse {
            account: Some(account),
        }))
    }

    #[tracing::instrument(skip_all, fields(account.id = request.get_ref().account_id))]
    async fn rotate_credentials(
        &self,
        request: Request<RotateCredentialsRequest>,
    ) -> Result<Response<RotateCredentialsResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let change = self
            .change(caller, &request.account_id, &request.request_id)
            .await?;
        let sealed_credentials = change.seal(request.credentials).await?;
        let now = self.clock.now();
        let command = AccountCommand::RotateCredentials {
            sealed_credentials,
            now,
        };
        let (account, consistency_token) = change.run("RotateCredentials", command).await?;
        Ok(Response::new(RotateCredentialsResponse {
            account: Some(account),
            consistency_token,
        }))
    }

    #[tracing::instrument(skip_all, fields(account.id = request.get_ref().account_id))]
    async fn disconnect_account(
        &self,
        request: Request<DisconnectAccountRequest>,
    ) -> Result<Response<DisconnectAccountResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let change = self
            .change(caller, &request.account_id, &request.request_id)
            .await?;
        let now = self.clock.now();
        let command = AccountCommand::Disconnect { now };
        let (account, consistency_token) = change.run("DisconnectAccount", command).await?;
        Ok(Response::new(DisconnectAccountResponse {
            account: Some(account),
            consistency_token,
        }))
    }

    #[tracing::instrument(skip_all, fields(account.id = request.get_ref().account_id))]
    async fn reconnect_account(
        &self,
        request: Request<ReconnectAccountRequest>,
    ) -> Result<Response<ReconnectAccountResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let change = self
            .change(caller, &request.account_id, &request.request_id)
            .await?;
        let sealed_credentials = change.seal(request.credentials).await?;
        let now = self.clock.now();
        let command = AccountCommand::Reconnect {
            sealed_credentials,
            now,
        };
        let (account, consistency_token) = change.run_claiming("ReconnectAccount", command).await?;
        Ok(Response::new(ReconnectAccountResponse {
            account: Some(account),
            consistency_token,
        }))
    }
}
