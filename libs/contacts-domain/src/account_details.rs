use events::common::{Channel, MessagePrice};

use crate::{
    InvalidText,
    external_id::is_line_user_id,
    text::{bounded, required},
};

const NAME_CHARS_MAX: usize = 100;
const CHANNEL_ACCOUNT_ID_CHARS_MAX: usize = 100;

/// What is public of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountDetails {
    pub channel: Channel,
    pub name: String,
    /// The channel's own id of the account. Empty where unknown.
    pub channel_account_id: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub message_price: Option<MessagePrice>,
}

/// What is wrong with which field of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccount {
    #[error("is required")]
    Channel,
    #[error(transparent)]
    Name(InvalidText),
    #[error(transparent)]
    ChannelAccountId(InvalidText),
    #[error("is not a LINE user id: U and 32 hexadecimal digits in lower case")]
    LineUserId,
    #[error("is not two capital letters, as in TW")]
    Country,
    #[error("is not three capital letters, as in TWD")]
    Currency,
    #[error("is negative")]
    Price,
}

impl InvalidAccount {
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Name(_) => "name",
            Self::ChannelAccountId(_) | Self::LineUserId => "channel_account_id",
            Self::Country => "country",
            Self::Currency => "message_price.currency",
            Self::Price => "message_price.micros",
        }
    }
}

impl AccountDetails {
    /// Trims and checks every field.
    pub fn parse(self) -> Result<Self, InvalidAccount> {
        if self.channel == Channel::Unspecified {
            return Err(InvalidAccount::Channel);
        }
        let name = required(&self.name, NAME_CHARS_MAX).map_err(InvalidAccount::Name)?;
        let id = bounded(&self.channel_account_id, CHANNEL_ACCOUNT_ID_CHARS_MAX)
            .map_err(InvalidAccount::ChannelAccountId)?;
        if self.channel == Channel::Line && !id.is_empty() && !is_line_user_id(id) {
            return Err(InvalidAccount::LineUserId);
        }
        if !is_capitals(&self.country, 2) {
            return Err(InvalidAccount::Country);
        }
        if let Some(price) = &self.message_price {
            check_price(price)?;
        }
        Ok(Self {
            name: name.to_owned(),
            channel_account_id: id.to_owned(),
            ..self
        })
    }
}

fn check_price(price: &MessagePrice) -> Result<(), InvalidAccount> {
    if !is_capitals(&price.currency, 3) {
        return Err(InvalidAccount::Currency);
    }
    if price.micros < 0 {
        return Err(InvalidAccount::Price);
    }
    Ok(())
}

fn is_capitals(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| b.is_ascii_uppercase())
}
