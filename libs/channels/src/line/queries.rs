//! What can be asked without sending anything.

use reqwest::RequestBuilder;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{json, value::RawValue};

use super::{classify::classify, client::LineClient};
use crate::{http::read, verdict::Verdict};

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("refused by the provider: {0:?}")]
    Refused(Verdict),
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
        let messages: &RawValue =
            serde_json::from_str(messages_json).map_err(|_| CallError::Unreadable)?;
        let body = json!({ "messages": messages }).to_string();
        let request = self.post("/v2/bot/message/validate/multicast", body);
        answered(request).await.map(drop)
    }

    pub async fn bot_info(&self) -> Result<BotInfo, CallError> {
        ask(self.get("/v2/bot/info")).await
    }
}

async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CallError> {
    let body = answered(request).await?;
    serde_json::from_slice(&body).map_err(|_| CallError::Unreadable)
}

async fn answered(request: RequestBuilder) -> Result<Vec<u8>, CallError> {
    let response = request.send().await.map_err(CallError::Unreachable)?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = read(response).await;
    if status.is_success() {
        return body.ok_or(CallError::Unreadable);
    }
    let verdict = classify(status.as_u16(), &headers, &body.unwrap_or_default());
    Err(CallError::Refused(verdict))
}
