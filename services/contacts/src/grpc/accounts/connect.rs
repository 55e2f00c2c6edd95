use bootstrap::Principal;
use contacts_domain::AccountDetails;
use event_store::{CommandContext, LogPosition, read_head};
use proto::contacts::v1::{Account, ConnectAccountRequest};
use tonic::Status;
use uuid::Uuid;

use super::{AccountAggregate, AccountCommand, AccountsGrpc, claim::Claim, credentials};
use crate::{metadata, sealing, status};

impl AccountsGrpc {
    /// The account that the request connects, or has connected before, and a consistency token.
    pub(super) async fn connect(
        &self,
        caller: &Principal,
        request: ConnectAccountRequest,
    ) -> Result<(Account, String), Status> {
        let request_id = status::parse_id("request_id", &request.request_id)?;
        let account_id = account_id(caller.team_id, request_id);
        let details = details(&request).parse().map_err(status::invalid_account)?;
        let credentials = credentials::parse(details.channel, request.credentials)?;
        let sealed_credentials =
            sealing::seal_credentials(&self.vault, caller.team_id, &credentials)
                .await
                .map_err(|error| bootstrap::internal(&error))?;

        let claim = Claim::of(caller.team_id, account_id, &details);
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
        // A repeat claims nothing: the account may be disconnected by now.
        let claim = match self.store.team_of(account_id).await {
            Ok(None) => claim,
            Ok(Some(_)) => None,
            Err(error) => return Err(bootstrap::internal(&error)),
        };
        let executing = self
            .store
            .execute::<AccountAggregate>(&context, account_id, command);
        let executed = self.claiming(claim, executing).await?;
        let executed = executed.map_err(|error| status::execute(&error))?;
        let at = match executed.at {
            Some(at) => at,
            None => self.head_of(account_id).await?,
        };
        // As it was when it was connected, whatever happened since.
        self.answer(account_id, 1, Some(at)).await
    }

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
