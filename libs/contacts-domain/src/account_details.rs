use events::common::{Channel, MessagePrice};

use crate::{
    InvalidText,
    external_id::{is_email_address, is_line_user_id},
    text::{bounded, required},
};

const NAME_CHARS_MAX: usize = 100;
/// RFC 5321's limit of an address. Other channels' ids are shorter.
const CHANNEL_ACCOUNT_ID_CHARS_MAX: usize = 254;
/// Meta does not promise a length; 17 digits are seen.
const META_ID_DIGITS_MAX: usize = 32;

/// What is public of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountDetails {
    pub channel: Channel,
    pub name: String,
    /// The channel's own id of the account. Empty where LINE's is not known.
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
    #[error("is not a page's id: digits only")]
    PageId,
    #[error("is not a phone number's id, as Meta shows it beside the number: digits only")]
    PhoneNumberId,
    #[error("is not the sender's e-mail address")]
    SenderAddress,
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
            Self::ChannelAccountId(_)
            | Self::LineUserId
            | Self::PageId
            | Self::PhoneNumberId
            | Self::SenderAddress => "channel_account_id",
            Self::Country => "country",
            Self::Currency => "message_price.currency",
            Self::Price => "message_price.micros",
        }
    }
}

impl AccountDetails {
    /// Trims and checks every field.
    pub fn parse(self) -> Result<Self, InvalidAccount> {
        let name = required(&self.name, NAME_CHARS_MAX).map_err(InvalidAccount::Name)?;
        let id = bounded(&self.channel_account_id, CHANNEL_ACCOUNT_ID_CHARS_MAX)
            .map_err(InvalidAccount::ChannelAccountId)?;
        check_id(self.channel, id)?;
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

    /// What no two connected accounts of a team's channel have in common. `None`: LINE's id is not known.
    #[must_use]
    pub fn claim(&self) -> Option<String> {
        // Mail addresses differ in case, and are the same mailbox; other channels' ids have none.
        let claim = self.channel_account_id.to_lowercase();
        (!claim.is_empty()).then_some(claim)
    }
}

fn check_id(channel: Channel, id: &str) -> Result<(), InvalidAccount> {
    let (valid, otherwise) = match channel {
        Channel::Unspecified => (false, InvalidAccount::Channel),
        Channel::Line => (
            id.is_empty() || is_line_user_id(id),
            InvalidAccount::LineUserId,
        ),
        Channel::Messenger => (is_meta_id(id), InvalidAccount::PageId),
        Channel::Whatsapp => (is_meta_id(id), InvalidAccount::PhoneNumberId),
        Channel::Email => (is_email_address(id), InvalidAccount::SenderAddress),
    };
    if valid { Ok(()) } else { Err(otherwise) }
}

fn is_meta_id(id: &str) -> bool {
    (1..=META_ID_DIGITS_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
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
