use anyhow::Context as _;
use channels::{
    line::LineClient, messenger::MessengerClient, meta::Graph, whatsapp::WhatsAppClient,
};
use events::{common::Channel, contact::AccountCredentials};
use secrecy::SecretString;

use crate::{Config, LinksConfig, MailConfig, mail::Mailer};

/// What all accounts of a channel share: its connections.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// Of no account.
    line: LineClient,
    graph: Graph,
    mail: MailConfig,
    links: LinksConfig,
}

/// Speaks to a channel for one account.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    /// Takes hundreds of people a call, under a key that makes repeating safe.
    Line(LineClient),
    /// Takes one person a call, once.
    OneByOne(OneByOne),
}

#[derive(Debug, Clone)]
pub(crate) enum OneByOne {
    Messenger(MessengerClient),
    Whatsapp {
        number: WhatsAppClient,
        /// Whose people are counted together. Where the account was connected without it, the number's.
        business_account_id: String,
    },
    Email(Mailer),
}

impl Clients {
    pub(crate) fn try_new(config: &Config) -> anyhow::Result<Self> {
        let nobody = SecretString::default();
        let line = LineClient::try_new(&config.line.base_url, &nobody, config.line.timeouts());
        let meta = &config.meta;
        let graph = Graph::try_new(&meta.base_url, &meta.graph_version, meta.timeouts());
        Ok(Self {
            line: line.context("cannot speak to LINE")?,
            graph: graph.context("cannot speak to Meta")?,
            mail: config.mail.clone(),
            links: config.links.clone(),
        })
    }

    /// `channel_account_id` is the channel's own name of the account.
    pub(crate) fn for_account(
        &self,
        channel: Channel,
        channel_account_id: &str,
        credentials: AccountCredentials,
    ) -> anyhow::Result<Client> {
        if channel == Channel::Email {
            let (mail, links) = (&self.mail, &self.links);
            let mailer = Mailer::try_new(mail, links, channel_account_id, credentials)?;
            return Ok(Client::OneByOne(OneByOne::Email(mailer)));
        }
        let business_account_id = if credentials.business_account_id.is_empty() {
            channel_account_id.to_owned()
        } else {
            credentials.business_account_id
        };
        let token = SecretString::from(credentials.access_token);
        let secret = Some(SecretString::from(credentials.channel_secret))
            .filter(|secret| !secrecy::ExposeSecret::expose_secret(secret).is_empty());
        let (graph, id) = (&self.graph, channel_account_id);
        Ok(match channel {
            Channel::Line => Client::Line(self.line.for_account(&token)?),
            Channel::Messenger => {
                let page = MessengerClient::try_new(graph, id, &token, secret.as_ref())?;
                Client::OneByOne(OneByOne::Messenger(page))
            }
            Channel::Whatsapp => {
                let number = WhatsAppClient::try_new(graph, id, &token, secret.as_ref())?;
                Client::OneByOne(OneByOne::Whatsapp {
                    number,
                    business_account_id,
                })
            }
            Channel::Email | Channel::Unspecified => {
                anyhow::bail!("accounts of this channel are not sent for")
            }
        })
    }
}
