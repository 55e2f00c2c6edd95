use bootstrap::Principal;
use contacts_domain::Connection;
use event_sourcing::DecodeError;
use event_store::{CommandContext, ExecuteError, Executed, LoadError};
use proto::contacts::v1::{Account, Credentials};
use tonic::Status;
use uuid::Uuid;

use super::{AccountAggregate, AccountCommand, AccountsGrpc, claim::Claim, credentials};
use crate::{metadata, sealing, status};

/// A command on an account that the caller's team has.
pub(super) struct Change<'a> {
    accounts: &'a AccountsGrpc,
    caller: Principal,
    connection: Connection,
    request_id: Uuid,
}

impl AccountsGrpc {
    pub(super) async fn change(
        &self,
        caller: Principal,
        account_id: &str,
        request_id: &str,
    ) -> Result<Change<'_>, Status> {
        let request_id = status::parse_id("request_id", request_id)?;
        let account_id = status::parse_id("account_id", account_id)?;
        let connection = self.owned(caller.team_id, account_id).await?;
        Ok(Change {
            accounts: self,
            caller,
            connection,
            request_id,
        })
    }

    /// What the log has: a read model might not know yet what was connected just now.
    async fn owned(&self, team_id: Uuid, account_id: Uuid) -> Result<Connection, Status> {
        let team = self.store.team_of(account_id).await;
        if team.map_err(|error| bootstrap::internal(&error))? != Some(team_id) {
            return Err(status::no_account());
        }
        let loaded = self.store.load::<AccountAggregate>(account_id).await;
        let account = match loaded {
            Ok(loaded) => loaded.state,
            // Something else of the team has this id.
            Err(LoadError::Decode(DecodeError::UnknownType(_))) => return Err(status::no_account()),
            Err(error) => return Err(bootstrap::internal(&error)),
        };
        account.connection().cloned().ok_or_else(status::no_account)
    }
}

impl Change<'_> {
    /// Checks that the credentials are of the account's channel, and seals them.
    pub(super) async fn seal(&self, credentials: Option<Credentials>) -> Result<Vec<u8>, Status> {
        let credentials = credentials::parse(self.connection.details.channel, credentials)?;
        sealing::seal_credentials(&self.accounts.vault, self.caller.team_id, &credentials)
            .await
            .map_err(|error| bootstrap::internal(&error))
    }

    /// The account after the command, and a consistency token. A repeat is answered as the first was.
    pub(super) async fn run(
        self,
        method: &str,
        command: AccountCommand,
    ) -> Result<(Account, String), Status> {
        let executed = match self.before(method).await? {
            Some(executed) => executed,
            None => self.execute(method, command, None).await?,
        };
        self.answer(&executed).await
    }

    /// As [`run`](Self::run), if no other connected account of the team is the same one of the channel.
    pub(super) async fn run_claiming(
        self,
        method: &str,
        command: AccountCommand,
    ) -> Result<(Account, String), Status> {
        let account_id = self.connection.account_id;
        let claim = Claim::of(self.caller.team_id, account_id, &self.connection.details);
        let executed = match self.before(method).await? {
            Some(executed) => executed,
            None => self.execute(method, command, claim).await?,
        };
        self.answer(&executed).await
    }

    async fn execute(
        &self,
        method: &str,
        command: AccountCommand,
        claim: Option<Claim>,
    ) -> Result<Executed, Status> {
        let context = CommandContext {
            team_id: self.caller.team_id,
            request_id: Some(self.receipt_id(method)),
            metadata: metadata::of_command(&self.caller.subject, self.request_id),
        };
        let store = &self.accounts.store;
        let account_id = self.connection.account_id;
        let executing = store.execute::<AccountAggregate>(&context, account_id, command);
        match self.accounts.claiming(claim, executing).await? {
            Ok(executed) => Ok(executed),
            // Perhaps by what the very same request has done meanwhile.
            Err(ExecuteError::Refused(refusal)) => match self.before(method).await? {
                Some(executed) => Ok(executed),
                None => Err(status::refused_account(refusal)),
            },
            Err(error) => Err(status::execute(&error)),
        }
    }

    /// What the same request came to before.
    async fn before(&self, method: &str) -> Result<Option<Executed>, Status> {
        let receipt_id = self.receipt_id(method);
        let store = &self.accounts.store;
        let receipt = store.find_receipt(self.connection.account_id, receipt_id);
        receipt.await.map_err(|error| bootstrap::internal(&error))
    }

    /// A request id that was used for another command does not stand for this one.
    fn receipt_id(&self, method: &str) -> Uuid {
        Uuid::new_v5(&self.request_id, method.as_bytes())
    }

    async fn answer(&self, executed: &Executed) -> Result<(Account, String), Status> {
        let account_id = self.connection.account_id;
        self.accounts
            .answer(account_id, executed.version, executed.at)
            .await
    }
}
