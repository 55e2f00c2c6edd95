use chrono::{DateTime, SubsecRound as _, Utc};
use event_sourcing::Aggregate;
use events::{ContactsLogEvent, contact::AccountConnected, from_timestamp, to_bytes, to_timestamp};
use uuid::Uuid;

use crate::AccountDetails;

/// A team's channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Account {
    #[default]
    Absent,
    Connected {
        details: AccountDetails,
        connected_at: Option<DateTime<Utc>>,
    },
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("the request id has connected an account with other details; use a new one")]
    OtherDetails,
}

impl Aggregate for Account {
    const CATEGORY: &'static str = "account";

    type Command = AccountCommand;
    type Event = ContactsLogEvent;
    type Error = AccountError;

    fn decide(&self, command: AccountCommand) -> Result<Vec<ContactsLogEvent>, AccountError> {
        match (self, command) {
            (
                Self::Absent,
                AccountCommand::Connect {
                    account_id,
                    details,
                    sealed_credentials,
                    now,
                },
            ) => Ok(vec![ContactsLogEvent::AccountConnected(AccountConnected {
                account_id: to_bytes(account_id),
                channel: details.channel.into(),
                name: details.name,
                channel_account_id: details.channel_account_id,
                sealed_credentials,
                country: details.country,
                message_price: details.message_price,
                // As the read model keeps it.
                connected_at: Some(to_timestamp(now.trunc_subsecs(6))),
            })]),
            // Sealing is never twice the same, so credentials can't be compared.
            (
                Self::Connected {
                    details: connected, ..
                },
                AccountCommand::Connect { details, .. },
            ) => {
                if *connected == details {
                    Ok(vec![])
                } else {
                    Err(AccountError::OtherDetails)
                }
            }
        }
    }

    fn evolve(self, event: &ContactsLogEvent) -> Self {
        match event {
            ContactsLogEvent::AccountConnected(connected) => Self::Connected {
                details: AccountDetails {
                    channel: connected.channel(),
                    name: connected.name.clone(),
                    channel_account_id: connected.channel_account_id.clone(),
                    country: connected.country.clone(),
                    message_price: connected.message_price.clone(),
                },
                connected_at: from_timestamp(connected.connected_at.as_ref()),
            },
            // Of contacts, which have streams of their own.
            ContactsLogEvent::Imported(_)
            | ContactsLogEvent::Followed(_)
            | ContactsLogEvent::Interacted(_)
            | ContactsLogEvent::Blocked(_) => self,
        }
    }
}
