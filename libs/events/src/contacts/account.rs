use proto::events::contacts::v1::{
    AccountConnected, AccountCredentialsRotated, AccountDisconnected, AccountReconnected,
};

use crate::codec::log_events;

log_events! {
    /// What happens to a team's account.
    AccountEvent {
        Connected(AccountConnected), stored as "fanfare.events.contacts.v1.AccountConnected", ids [account_id];
        CredentialsRotated(AccountCredentialsRotated), stored as "fanfare.events.contacts.v1.AccountCredentialsRotated", ids [account_id];
        Disconnected(AccountDisconnected), stored as "fanfare.events.contacts.v1.AccountDisconnected", ids [account_id];
        Reconnected(AccountReconnected), stored as "fanfare.events.contacts.v1.AccountReconnected", ids [account_id];
    }
}
