use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use event_sourcing::Aggregate;
use events::{
    AccountEvent,
    contact::{
        AccountConnected, AccountCredentialsRotated, AccountDisconnected, AccountReconnected,
    },
    from_timestamp, id, to_bytes, to_timestamp,
};
use prost_types::Timestamp;
use uuid::Uuid;

use crate::AccountDetails;

/// How long webhooks that are signed with the secret before are still taken: the channel changes over at
/// a moment of its own, and sends again what it signed before that.
const PREVIOUS_VALID_FOR: TimeDelta = TimeDelta::hours(24);

/// A team's channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Account {
    #[default]
    Absent,
    Connected(Connection),
    /// Nothing is sent or taken in. All that was is kept.
    Disconnected(Connection),
}

/// What is known of an account, whether it is connected now or was.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub account_id: Uuid,
    pub details: AccountDetails,
    /// The first time.
    pub connected_at: Option<DateTime<Utc>>,
    /// When the credentials that hold now were given.
    pub credentials_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub enum AccountCommand {
    Connect {
        account_id: Uuid,
        /// As [`AccountDetails::parse`] returned them.
        details: AccountDetails,
        sealed_credentials: Vec<u8>,
        now: DateTime<Utc>,
    },
    RotateCredentials {
        sealed_credentials: Vec<u8>,
        now: DateTime<Utc>,
    },
    Disconnect {
        now: DateTime<Utc>,
    },
    Reconnect {
        sealed_credentials: Vec<u8>,
        now: DateTime<Utc>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("there is no such account")]
    NotFound,
    #[error("the request id has connected an account with other details; use a new one")]
    OtherDetails,
    #[error("the account is connected; to change its credentials, rotate them")]
    AlreadyConnected,
    #[error("the account is disconnected already")]
    AlreadyDisconnected,
    #[error("the account is disconnected; reconnect it with its new credentials")]
    Disconnected,
}

impl Account {
    #[must_use]
    pub fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Absent => None,
            Self::Connected(connection) | Self::Disconnected(connection) => Some(connection),
        }
    }

    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected(_))
    }
}

impl Aggregate for Account {
    const CATEGORY: &'static str = "account";

    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;

    fn decide(&self, command: AccountCommand) -> Result<Vec<AccountEvent>, AccountError> {
        use AccountCommand as Command;
        match (self, command) {
            (
                Self::Absent,
                Command::Connect {
                    account_id,
                    details,
                    sealed_credentials,
                    now,
                },
            ) => Ok(vec![connected(
                account_id,
                details,
                sealed_credentials,
                now,
            )]),
            (
                Self::Absent,
                Command::RotateCredentials { .. }
                | Command::Disconnect { .. }
                | Command::Reconnect { .. },
            ) => Err(AccountError::NotFound),
            // Sealing is never twice the same, so credentials can't be compared.
            (
                Self::Connected(known) | Self::Disconnected(known),
                Command::Connect { details, .. },
            ) => {
                if known.details == details {
                    Ok(vec![])
                } else {
                    Err(AccountError::OtherDetails)
                }
            }
            (
                Self::Connected(known),
                Command::RotateCredentials {
                    sealed_credentials,
                    now,
                },
            ) => Ok(vec![known.rotated(sealed_credentials, now)]),
            (Self::Connected(known), Command::Disconnect { now }) => {
                Ok(vec![known.disconnected(now)])
            }
            (Self::Connected(_), Command::Reconnect { .. }) => Err(AccountError::AlreadyConnected),
            (Self::Disconnected(_), Command::RotateCredentials { .. }) => {
                Err(AccountError::Disconnected)
            }
            (Self::Disconnected(_), Command::Disconnect { .. }) => {
                Err(AccountError::AlreadyDisconnected)
            }
            (
                Self::Disconnected(known),
                Command::Reconnect {
                    sealed_credentials,
                    now,
                },
            ) => Ok(vec![known.reconnected(sealed_credentials, now)]),
        }
    }

    fn evolve(self, event: &AccountEvent) -> Self {
        match (self, event) {
            (_, AccountEvent::Connected(connected)) => Self::Connected(connected.into()),
            (Self::Connected(known), AccountEvent::CredentialsRotated(rotated)) => {
                Self::Connected(known.with_credentials_of(rotated.rotated_at.as_ref()))
            }
            (Self::Connected(known) | Self::Disconnected(known), AccountEvent::Disconnected(_)) => {
                Self::Disconnected(known)
            }
            (
                Self::Connected(known) | Self::Disconnected(known),
                AccountEvent::Reconnected(reconnected),
            ) => Self::Connected(known.with_credentials_of(reconnected.reconnected_at.as_ref())),
            // Recorded by no decision.
            (
                state @ Self::Absent,
                AccountEvent::CredentialsRotated(_)
                | AccountEvent::Disconnected(_)
                | AccountEvent::Reconnected(_),
            )
            | (state @ Self::Disconnected(_), AccountEvent::CredentialsRotated(_)) => state,
        }
    }
}

fn connected(
    account_id: Uuid,
    details: AccountDetails,
    sealed_credentials: Vec<u8>,
    now: DateTime<Utc>,
) -> AccountEvent {
    AccountEvent::Connected(AccountConnected {
        account_id: to_bytes(account_id),
        channel: details.channel.into(),
        name: details.name,
        channel_account_id: details.channel_account_id,
        sealed_credentials,
        country: details.country,
        message_price: details.message_price,
        connected_at: Some(stamp(now)),
    })
}

impl Connection {
    fn rotated(&self, sealed_credentials: Vec<u8>, now: DateTime<Utc>) -> AccountEvent {
        AccountEvent::CredentialsRotated(AccountCredentialsRotated {
            account_id: to_bytes(self.account_id),
            channel: self.details.channel.into(),
            sealed_credentials,
            rotated_at: Some(stamp(now)),
            previous_valid_until: Some(stamp(now + PREVIOUS_VALID_FOR)),
        })
    }

    fn disconnected(&self, now: DateTime<Utc>) -> AccountEvent {
        AccountEvent::Disconnected(AccountDisconnected {
            account_id: to_bytes(self.account_id),
            channel: self.details.channel.into(),
            disconnected_at: Some(stamp(now)),
        })
    }

    fn reconnected(&self, sealed_credentials: Vec<u8>, now: DateTime<Utc>) -> AccountEvent {
        AccountEvent::Reconnected(AccountReconnected {
            account_id: to_bytes(self.account_id),
            channel: self.details.channel.into(),
            sealed_credentials,
            reconnected_at: Some(stamp(now)),
        })
    }

    fn with_credentials_of(self, at: Option<&Timestamp>) -> Self {
        Self {
            credentials_at: from_timestamp(at),
            ..self
        }
    }
}

impl From<&AccountConnected> for Connection {
    fn from(connected: &AccountConnected) -> Self {
        let connected_at = from_timestamp(connected.connected_at.as_ref());
        Self {
            account_id: id(&connected.account_id),
            details: AccountDetails {
                channel: connected.channel(),
                name: connected.name.clone(),
                channel_account_id: connected.channel_account_id.clone(),
                country: connected.country.clone(),
                message_price: connected.message_price.clone(),
            },
            connected_at,
            credentials_at: connected_at,
        }
    }
}

/// As read models keep it.
fn stamp(now: DateTime<Utc>) -> Timestamp {
    to_timestamp(now.trunc_subsecs(6))
}
