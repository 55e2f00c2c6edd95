use std::sync::Arc;

use bootstrap::{Clock, principal};
use contacts_domain::{Account as AccountAggregate, AccountCommand, AccountDetails};
use event_bus::{ConsistencyToken, Progress};
use event_store::{CommandContext, EventStore, LogPosition, read_head};
use events::contact::AccountCredentials;
use proto::contacts::v1::{
    Account, ConnectAccountRequest, ConnectAccountResponse, ListAccountsRequest,
    ListAccountsResponse, accounts_service_server::AccountsService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::Vault;

use crate::{metadata, queries, sealing, status};

const CREDENTIAL_CHARS_MAX: usize = 1_000;

/// Connects and lists a team's accounts.
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
        let request = request.into_inner();
        let request_id = status::parse_id("request_id", &request.request_id)?;
        let account_id = account_id(caller.team_id, request_id);
        let details = details(&request).parse().map_err(status::invalid_account)?;
        let credentials = credentials(&request)?;
        let sealed_credentials =
            sealing::seal_credentials(&self.vault, caller.team_id, &credentials)
                .await
                .map_err(|error| bootstrap::internal(&error))?;

        let command = AccountCommand::Connect {
            account_id,
            details,
            sealed_credentials,
            now: self.clock.now(),
        };
        let context = CommandContext {
            team_id: caller.team_id,
            // The account's own id stands for the request.
            request_id: None,
            metadata: metadata::of_command(&caller.subject, request_id),
        };
        let executed = self
            .store
            .execute::<AccountAggregate>(&context, account_id, command)
            .await
            .map_err(|error| status::execute(&error))?;
        let at = match executed.at {
            Some(at) => at,
            None => self.head_of(account_id).await?,
        };
        self.connected(account_id, at).await
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
}

impl AccountsGrpc {
    /// A repeat of a command is after everything that its first answer was after.
    async fn head_of(&self, account_id: Uuid) -> Result<LogPosition, Status> {
        let partition = self.store.partition_of(account_id);
        let position = read_head(&self.pool, partition)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(LogPosition {
            partition,
            position,
        })
    }

    /// The account as it was connected, by this request or by the first one of its id.
    async fn connected(
        &self,
        account_id: Uuid,
        at: LogPosition,
    ) -> Result<Response<ConnectAccountResponse>, Status> {
        let loaded = self
            .store
            .load::<AccountAggregate>(account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let AccountAggregate::Connected {
            details,
            connected_at,
        } = loaded.state
        else {
            return Err(status::no_account());
        };
        let account = Account {
            account_id: account_id.to_string(),
            channel: details.channel.into(),
            name: details.name,
            channel_account_id: details.channel_account_id,
            country: details.country,
            message_price: details.message_price,
            connected_at: connected_at.map(events::to_timestamp),
            webhook_path: queries::webhook_path(details.channel, account_id),
        };
        let token = ConsistencyToken::of(&self.store.meta().name, at);
        Ok(Response::new(ConnectAccountResponse {
            account: Some(account),
            consistency_token: token.encode(),
        }))
    }
}

/// The same request of the same team is always the same account.
fn account_id(team_id: Uuid, request_id: Uuid) -> Uuid {
    Uuid::new_v5(&team_id, request_id.as_bytes())
}

fn details(request: &ConnectAccountRequest) -> AccountDetails {
    AccountDetails {
        channel: request.channel(),
        name: request.name.clone(),
        channel_account_id: request.channel_account_id.clone(),
        country: request.country.clone(),
        message_price: request.message_price.clone(),
    }
}

fn credentials(request: &ConnectAccountRequest) -> Result<AccountCredentials, Status> {
    Ok(AccountCredentials {
        access_token: credential("access_token", &request.access_token)?,
        channel_secret: credential("channel_secret", &request.channel_secret)?,
    })
}

fn credential(field: &str, value: &str) -> Result<String, Status> {
    let value = value.trim();
    if value.is_empty() {
        return Err(status::required(field));
    }
    if value.len() > CREDENTIAL_CHARS_MAX {
        return Err(bootstrap::invalid_argument(
            field,
            "TOO_LONG",
            format!("is longer than {CREDENTIAL_CHARS_MAX} characters"),
        ));
    }
    Ok(value.to_owned())
}
