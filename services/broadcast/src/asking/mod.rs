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
        let sealed = &account.sealed_credentials;
        let opened = self
            .vault
            .open_for_team(team_id, CREDENTIALS, sealed)
            .await?;
        let credentials = AccountCredentials::decode(opened.as_slice())?;
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
}

fn finding(code: &str, message: impl Into<String>) -> Finding {
    Finding {
        code: code.to_owned(),
        message: message.into(),
    }
}
