use contacts_domain::{Account as AccountAggregate, Connection};
use event_bus::ConsistencyToken;
use event_store::LogPosition;
use proto::contacts::v1::{Account, AccountState};
use tonic::Status;
use uuid::Uuid;

use super::AccountsGrpc;
use crate::{queries, status};

impl AccountsGrpc {
    /// The account as a command left it, and the token of what the command did.
    pub(super) async fn answer(
        &self,
        account_id: Uuid,
        version: i64,
        at: Option<LogPosition>,
    ) -> Result<(Account, String), Status> {
        let loaded = self
            .store
            .load_until::<AccountAggregate>(account_id, version)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let account = match loaded.state {
            AccountAggregate::Absent => return Err(status::no_account()),
            AccountAggregate::Connected(connection) => shown(connection, AccountState::Connected),
            AccountAggregate::Disconnected(connection) => {
                shown(connection, AccountState::Disconnected)
            }
        };
        let token = at.map_or_else(ConsistencyToken::default, |at| {
            ConsistencyToken::of(&self.store.meta().name, at)
        });
        Ok((account, token.encode()))
    }
}

fn shown(connection: Connection, state: AccountState) -> Account {
    let details = connection.details;
    Account {
        account_id: connection.account_id.to_string(),
        channel: details.channel.into(),
        name: details.name,
        channel_account_id: details.channel_account_id,
        country: details.country,
        message_price: details.message_price,
        connected_at: connection.connected_at.map(events::to_timestamp),
        webhook_path: queries::webhook_path(details.channel, connection.account_id),
        state: state.into(),
        credentials_at: connection.credentials_at.map(events::to_timestamp),
    }
}
