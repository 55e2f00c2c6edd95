use channels::{
    messenger::MessengerClient,
    meta::{CallError, Template},
    whatsapp::WhatsAppClient,
};
use events::{common::Channel, contact::AccountCredentials};
use prost::Message as _;
use tracing::warn;
use uuid::Uuid;
use vault::VaultError;

use super::{
    Asking, CREDENTIALS,
    meta::{passes, secrets},
};
use crate::queries::Account;

/// Why a catalogue can't be shown.
#[derive(Debug)]
pub(crate) enum AskError {
    /// The channel has none.
    NoTemplates,
    /// The account was connected without this.
    Incomplete(&'static str),
    /// Meta's words.
    Refused(String),
    Unreachable,
    Vault(VaultError),
    Malformed(prost::DecodeError),
}

impl Asking {
    /// An account's templates, as Meta has them at this moment.
    pub(crate) async fn templates(
        &self,
        team_id: Uuid,
        account: &Account,
    ) -> Result<Vec<Template>, AskError> {
        let channel = Channel::try_from(account.channel).unwrap_or_default();
        match channel {
            Channel::Messenger | Channel::Whatsapp => {}
            Channel::Line | Channel::Email | Channel::Unspecified => {
                return Err(AskError::NoTemplates);
            }
        }
        let sealed = &account.sealed_credentials;
        let opened = self.vault.open_for_team(team_id, CREDENTIALS, sealed).await;
        let opened = opened.map_err(AskError::Vault)?;
        let credentials =
            AccountCredentials::decode(opened.as_slice()).map_err(AskError::Malformed)?;
        let waba_id = credentials.business_account_id.clone();
        let (token, secret) = secrets(credentials);
        let (graph, id) = (&self.graph, &account.channel_account_id);
        let templates = if channel == Channel::Messenger {
            let page = MessengerClient::try_new(graph, id, &token, secret.as_ref());
            let page = page.map_err(|_| AskError::Incomplete("page's id"))?;
            page.templates().await
        } else if waba_id.is_empty() {
            return Err(AskError::Incomplete("business_account_id"));
        } else {
            let number = WhatsAppClient::try_new(graph, id, &token, secret.as_ref());
            let number = number.map_err(|_| AskError::Incomplete("phone number's id"))?;
            number.templates(&waba_id).await
        };
        templates.map_err(refused)
    }
}

fn refused(error: CallError) -> AskError {
    match error {
        CallError::Refused(refusal) if !passes(refusal.action) => AskError::Refused(refusal.detail),
        error @ (CallError::Refused(_)
        | CallError::Unclear { .. }
        | CallError::Unreachable
        | CallError::Unreadable
        | CallError::Endless) => {
            warn!(
                error = &error as &dyn std::error::Error,
                "Meta does not show its templates"
            );
            AskError::Unreachable
        }
    }
}
