//! What can be asked without sending anything.

use reqwest::RequestBuilder;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{json, value::RawValue};

use super::{classify::classify, client::LineClient, error_body::ErrorBody};
use crate::{http::read, verdict::Verdict};

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("refused by the provider: {0:?}")]
    Refused(Verdict),
    /// Of messages that were asked about.
    #[error("the messages are refused: {detail}")]
    Messages {
        /// What is blamed, for example `messages[0].text`, if anything is.
        property: Option<String>,
        detail: String,
    },
    #[error("the provider did not answer")]
    Unreachable(#[source] reqwest::Error),
    #[error("the answer cannot be read")]
    Unreadable,
}

/// An account's month, as LINE counts it: near enough, and OA Manager's sends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// None if no limit is set.
    pub limit: Option<u64>,
    pub used: u64,
}

impl Quota {
    /// None if no limit is set.
    pub fn remaining(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(self.used))
    }
}

/// Who the account is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BotInfo {
    /// Also the `destination` of the account's webhooks.
    pub user_id: String,
    pub basic_id: String,
    pub display_name: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Limit {
    None,
    Limited { value: u64 },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consumption {
    total_usage: u64,
}

impl LineClient {
    pub async fn quota(&self) -> Result<Quota, CallError> {
        let limit = ask(self.get("/v2/bot/message/quota")).await?;
        let consumption: Consumption = ask(self.get("/v2/bot/message/quota/consumption")).await?;
        Ok(Quota {
            limit: match limit {
                Limit::None => None,
                Limit::Limited { value } => Some(value),
            },
            used: consumption.total_usage,
        })
    }

    /// Whether LINE itself would take these messages. Nothing is sent.
    pub async fn validate_multicast(&self, messages_json: &str) -> Result<(), CallError> {
        self.validate("/v2/bot/message/validate/multicast", messages_json)
            .await
    }

    async fn validate(&self, path: &str, messages_json: &str) -> Result<(), CallError> {
        let messages: &RawValue =
            serde_json::from_str(messages_json).map_err(|_| CallError::Unreadable)?;
        let body = json!({ "messages": messages }).to_string();
        let (verdict, body) = match answer(self.post(path, body)).await? {
            Answer::Given(_) => return Ok(()),
            Answer::Refused(verdict, body) => (verdict, body),
        };
        let Verdict::ContentRefused { detail, .. } = verdict else {
            return Err(CallError::Refused(verdict));
        };
        let property =
            ErrorBody::parse(&body).and_then(|error| error.properties().next().map(str::to_owned));
        Err(CallError::Messages { property, detail })
    }

    pub async fn bot_info(&self) -> Result<BotInfo, CallError> {
        ask(self.get("/v2/bot/info")).await
    }
}

pub(super) async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CallError> {
    let body = answered(request).await?;
    serde_json::from_slice(&body).map_err(|_| CallError::Unreadable)
}

enum Answer {
    Given(Option<Vec<u8>>),
    Refused(Verdict, Vec<u8>),
}

async fn answered(request: RequestBuilder) -> Result<Vec<u8>, CallError> {
    match answer(request).await? {
        Answer::Given(body) => body.ok_or(CallError::Unreadable),
        Answer::Refused(verdict, _) => Err(CallError::Refused(verdict)),
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer, CallError> {
    let response = request.send().await.map_err(CallError::Unreachable)?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = read(response).await;
    if status.is_success() {
        return Ok(Answer::Given(body));
    }
    let body = body.unwrap_or_default();
    let verdict = classify(status.as_u16(), &headers, &body);
    Ok(Answer::Refused(verdict, body))
}
