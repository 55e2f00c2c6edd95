use anyhow::Context as _;
use broadcast_domain::Correlation;
use channels::{
    messenger::{self, MessengerClient},
    meta::Outcome,
    whatsapp::{self, PhoneNumber, TemplateContent, UserId, WhatsAppClient},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{client::OneByOne, mail::Mailing, queue::Ready};

/// Sends what everybody gets of a broadcast, to one person a call.
#[derive(Debug, Clone)]
pub(crate) enum Sender {
    Messenger {
        client: MessengerClient,
        prepared: messenger::Prepared,
    },
    Whatsapp {
        client: WhatsAppClient,
        business_account_id: String,
        template: TemplateContent,
    },
    Email(Box<Mailing>),
}

/// One person, and which message it is.
#[derive(Debug)]
pub(crate) struct Addressee<'a> {
    pub(crate) address: &'a str,
    pub(crate) contact_id: Uuid,
    pub(crate) correlation: Correlation,
    pub(crate) at: DateTime<Utc>,
}

impl Sender {
    /// With the content as the broadcast service left it.
    pub(crate) fn try_new(client: OneByOne, ready: &Ready) -> anyhow::Result<Self> {
        let stored = ready.messages_json.as_str();
        let sender = match client {
            OneByOne::Email(mailer) => {
                let mailing = Mailing::try_new(mailer, stored, ready)?;
                return Ok(Self::Email(Box::new(mailing)));
            }
            OneByOne::Messenger(client) => messenger::Prepared::from_json(stored)
                .map(|prepared| Self::Messenger { client, prepared }),
            OneByOne::Whatsapp {
                number,
                business_account_id,
            } => TemplateContent::from_json(stored).map(|template| Self::Whatsapp {
                client: number,
                business_account_id,
                template,
            }),
        };
        sender.context("the stored content of a broadcast is not its channel's")
    }

    /// The image that everybody gets, if its address alone is known of it.
    pub(crate) fn image(&self) -> Option<(&MessengerClient, &str)> {
        match self {
            Self::Messenger { client, prepared } => Some((client, prepared.image_url()?)),
            Self::Whatsapp { .. } | Self::Email(_) => None,
        }
    }

    /// The number, and the business account whose people are counted, where the channel limits them.
    pub(crate) fn counted(&self) -> Option<(&WhatsAppClient, &str)> {
        match self {
            Self::Messenger { .. } | Self::Email(_) => None,
            Self::Whatsapp {
                client,
                business_account_id,
                ..
            } => Some((client, business_account_id)),
        }
    }

    /// With an image that was uploaded before.
    #[must_use]
    pub(crate) fn with_attachment(self, attachment_id: &str) -> Self {
        match self {
            Self::Messenger { client, prepared } => Self::Messenger {
                client,
                prepared: prepared.with_attachment(attachment_id),
            },
            other @ (Self::Whatsapp { .. } | Self::Email(_)) => other,
        }
    }

    /// One call. `None`: nobody can have such an address, and nothing was called.
    pub(crate) async fn send(&self, to: &Addressee<'_>) -> Option<Outcome> {
        let correlation = to.correlation.to_string();
        let answer = match self {
            Self::Email(mailing) => return mailing.send(to).await,
            Self::Messenger { client, prepared } => {
                let person = messenger::Recipient::Psid(to.address.to_owned());
                let body = prepared.body(&person, &correlation).ok()?;
                client.send(prepared.messaging_type(), body).await
            }
            Self::Whatsapp {
                client, template, ..
            } => {
                let person = recipient(to.address)?;
                let body = whatsapp::send_body(&person, template, &correlation).ok()?;
                client.send(body).await
            }
        };
        Some(answer.outcome)
    }
}

fn recipient(address: &str) -> Option<whatsapp::Recipient> {
    match address.strip_prefix('+') {
        Some(digits) => PhoneNumber::from_wa_id(digits).map(whatsapp::Recipient::Phone),
        None => UserId::parse(address).map(whatsapp::Recipient::User),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_number_is_sent_to_by_their_id() {
        assert!(matches!(
            recipient("+886912345678"),
            Some(whatsapp::Recipient::Phone(_))
        ));
        assert!(matches!(
            recipient("US.13491208655302741918"),
            Some(whatsapp::Recipient::User(_))
        ));
        for nobody in ["", "+", "+1a", "0912345678"] {
            assert_eq!(recipient(nobody), None);
        }
    }
}
