//! What a channel says of an account and of what is to be sent, without anything being sent.

mod email;
mod line;
mod meta;
mod templates;

use channels::{line::Timeouts, meta::Graph};
use events::contact::AccountCredentials;
use prost::Message as _;
use proto::broadcast::v1::{Finding, QuotaState};
use secrecy::SecretString;
use uuid::Uuid;
use vault::Vault;

pub(crate) use self::templates::AskError;
use crate::{LineConfig, LinksConfig, MetaConfig, content::Rendered, queries::Account};

/// What sealed credentials are bound to, as contacts seals them.
const CREDENTIALS: &str = "credentials";

/// Asks channels, as a team's account.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    line_url: String,
    graph: Graph,
    links: LinksConfig,
    vault: Vault,
}

/// How many people a business account may reach within 24 hours.
#[derive(Debug)]
pub(crate) struct DailyPeople {
    pub(crate) business_account_id: String,
    pub(crate) limit: u64,
}

/// What a channel said.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// `None`: the channel has no such limit, or did not say.
    pub(crate) quota: Option<QuotaState>,
    /// Of WhatsApp, where Meta tells it.
    pub(crate) daily: Option<DailyPeople>,
    pub(crate) findings: Vec<Finding>,
}

/// What a channel has against messages that are to be saved.
#[derive(Debug)]
pub(crate) struct Refused {
    /// As the channel names it.
    pub(crate) field: Option<String>,
    pub(crate) detail: String,
}

impl Answers {
    /// Each code once: what keeps one question from being answered keeps the others.
    fn found(&mut self, finding: Finding) {
        let known = self.findings.iter();
        if known.filter(|known| known.code == finding.code).count() == 0 {
            self.findings.push(finding);
        }
    }
}

impl Asking {
    pub(crate) fn try_new(
        line: &LineConfig,
        meta: &MetaConfig,
        links: &LinksConfig,
        vault: Vault,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            line_url: line.base_url.clone(),
            graph: Graph::try_new(&meta.base_url, &meta.graph_version, Timeouts::default())?,
            links: links.clone(),
            vault,
        })
    }

    /// What the account may send, and whether its channel would take this.
    pub(crate) async fn ask(
        &self,
        team_id: Uuid,
        account: &Account,
        rendered: &Rendered,
    ) -> anyhow::Result<Answers> {
        let credentials = self.credentials(team_id, account).await?;
        match rendered {
            Rendered::Line(messages) => {
                let token = SecretString::from(credentials.access_token);
                line::ask(&self.line_url, &token, messages).await
            }
            Rendered::Messenger { template, .. } => {
                let template = template.as_ref();
                meta::ask_messenger(&self.graph, account, credentials, template).await
            }
            Rendered::Whatsapp { message, .. } => {
                meta::ask_whatsapp(&self.graph, account, credentials, message).await
            }
            Rendered::Email(written) => {
                email::ask(account, credentials, written, &self.links).await
            }
        }
    }

    /// What the channel has against this content, where it can be asked before anything is sent and nothing but
    /// the account is needed for it. A channel that does not say refuses nothing.
    pub(crate) async fn refuses(
        &self,
        team_id: Uuid,
        account: &Account,
        rendered: &Rendered,
    ) -> anyhow::Result<Option<Refused>> {
        let Rendered::Line(messages) = rendered else {
            return Ok(None);
        };
        if account.disconnected_at.is_some() {
            return Ok(None);
        }
        let credentials = self.credentials(team_id, account).await?;
        let token = SecretString::from(credentials.access_token);
        line::refuses(&self.line_url, &token, messages).await
    }

    async fn credentials(
        &self,
        team_id: Uuid,
        account: &Account,
    ) -> anyhow::Result<AccountCredentials> {
        let sealed = &account.sealed_credentials;
        let opened = self.vault.open_for_team(team_id, CREDENTIALS, sealed);
        Ok(AccountCredentials::decode(opened.await?.as_slice())?)
    }
}

fn finding(code: &str, message: impl Into<String>) -> Finding {
    Finding {
        code: code.to_owned(),
        message: message.into(),
    }
}
