//! What channels post: checked, sealed and journalled, each event once, before it is answered.

mod line;
mod messenger;
mod meta;
mod whatsapp;

use std::iter;

use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use events::contact::AccountCredentials;
use prost::Message as _;
use secrecy::SecretString;
use tracing::error;

pub(crate) use self::{
    line::line,
    meta::{messenger, verify_messenger, verify_whatsapp, whatsapp},
};
use super::serve::State;
use crate::queries::Account;

enum Refused {
    Malformed,
    Unavailable(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

/// The account's, and those that its webhooks may still be of.
async fn credentials(state: &State, account: &Account) -> anyhow::Result<Vec<AccountCredentials>> {
    let sealed = iter::once(&account.sealed_credentials).chain(&account.previous);
    let mut credentials = Vec::with_capacity(1 + account.previous.len());
    for sealed in sealed {
        let opened = state
            .vault
            .open_for_team(account.team_id, "credentials", sealed)
            .await?;
        credentials.push(AccountCredentials::decode(opened.as_slice())?);
    }
    Ok(credentials)
}

/// What webhooks are signed with.
fn secrets(credentials: Vec<AccountCredentials>) -> Vec<SecretString> {
    let secrets = credentials.into_iter();
    secrets
        .map(|credentials| credentials.channel_secret.into())
        .collect()
}

fn answer(journalled: Result<(), Refused>) -> Response {
    match journalled {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Refused::Malformed) => StatusCode::BAD_REQUEST.into_response(),
        Err(Refused::Unavailable(error)) => unavailable(&error),
    }
}

/// The channel sends it again.
fn unavailable(error: &anyhow::Error) -> Response {
    error!(error = format!("{error:#}"), "cannot take a webhook");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
