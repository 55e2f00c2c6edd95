use events::common::Channel;

use crate::queries::People;

/// What a channel tells of a single person after it was sent to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelTells {
    Nothing,
    /// A mail server takes the mail while it is sent, and a bounce is all that may follow.
    Bounces,
    /// Deliveries, and reads of whoever has not switched that off.
    Receipts {
        /// It bills what it delivered, and not what it took.
        bills_deliveries: bool,
    },
}

impl ChannelTells {
    pub(crate) fn of(channel: i16) -> Self {
        match Channel::try_from(i32::from(channel)).unwrap_or_default() {
            Channel::Line | Channel::Unspecified => Self::Nothing,
            Channel::Email => Self::Bounces,
            Channel::Messenger => Self::Receipts {
                bills_deliveries: false,
            },
            Channel::Whatsapp => Self::Receipts {
                bills_deliveries: true,
            },
        }
    }

    /// Only where the account's webhook is connected.
    pub(crate) fn by_webhook(self) -> bool {
        match self {
            Self::Nothing | Self::Bounces => false,
            Self::Receipts { .. } => true,
        }
    }

    pub(crate) fn delivered(self) -> Option<People> {
        match self {
            Self::Nothing => None,
            Self::Bounces => Some(People::SENT),
            Self::Receipts { .. } => Some(People::DELIVERED),
        }
    }

    pub(crate) fn delivery_open(self) -> Option<People> {
        match self {
            Self::Nothing => None,
            Self::Bounces => Some(People::NOBODY),
            Self::Receipts { .. } => Some(People::OPEN),
        }
    }

    pub(crate) fn read(self) -> Option<People> {
        match self {
            Self::Nothing | Self::Bounces => None,
            Self::Receipts { .. } => Some(People::READ),
        }
    }

    /// `None`: everybody sent to.
    pub(crate) fn billed(self) -> Option<People> {
        match self {
            Self::Receipts {
                bills_deliveries: true,
            } => Some(People::DELIVERED),
            Self::Nothing
            | Self::Bounces
            | Self::Receipts {
                bills_deliveries: false,
            } => None,
        }
    }
}
