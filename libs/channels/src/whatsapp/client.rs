use bytes::Bytes;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;

use super::rules::RULES;
use crate::{
    http::BuildError,
    meta::{
        Accepted, Account, Answer, Authorization, CallError, Classifier, Graph, Outcome, Quality,
        Refusal, Template, is_graph_id, text_at,
    },
};

const NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,throughput,whatsapp_business_manager_messaging_limit";

pub(super) const CLASSIFIER: Classifier = Classifier {
    rules: RULES,
    accepted,
};

/// One phone number of a business, by an access token.
#[derive(Debug, Clone)]
pub struct WhatsAppClient {
    account: Account,
    phone_number_id: String,
}

/// Who the account is, and how much it may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberInfo {
    /// Also the `metadata.phone_number_id` of the number's webhooks.
    pub id: String,
    pub display_phone_number: String,
    pub verified_name: Option<String>,
    pub quality: Quality,
    /// `STANDARD` is 80 messages a second, `HIGH` is 1,000.
    pub throughput: Option<String>,
    /// `TIER_2K`: how many people in 24 hours, for the whole portfolio.
    pub messaging_limit: Option<String>,
}

/// How many people may be reached in 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyLimit {
    People(u64),
    Unlimited,
}

impl NumberInfo {
    /// `None`: Meta does not say, or not in words that are known.
    pub fn daily_limit(&self) -> Option<DailyLimit> {
        let tier = self.messaging_limit.as_deref()?.strip_prefix("TIER_")?;
        if tier == "UNLIMITED" {
            return Some(DailyLimit::Unlimited);
        }
        let people = match tier.strip_suffix('K') {
            Some(thousands) => thousands.parse::<u64>().ok()?.checked_mul(1_000)?,
            None => tier.parse().ok()?,
        };
        Some(DailyLimit::People(people))
    }
}

impl WhatsAppClient {
    /// With `app_secret` every call shows that it is our app's.
    pub fn try_new(
        graph: &Graph,
        phone_number_id: &str,
        access_token: &SecretString,
        app_secret: Option<&SecretString>,
    ) -> Result<Self, BuildError> {
        let phone_number_id = checked("phone_number_id", phone_number_id)?.to_owned();
        let authorization = Authorization::Bearer;
        Ok(Self {
            account: Account::try_new(graph, CLASSIFIER, authorization, access_token, app_secret)?,
            phone_number_id,
        })
    }

    /// One attempt to send to one person. Nothing is repeated here, and what is ambiguous must not be.
    pub async fn send(&self, body: Bytes) -> Answer {
        let path = format!("{}/messages", self.phone_number_id);
        self.account.send(&path, body).await
    }

    pub async fn number_info(&self) -> Result<NumberInfo, CallError> {
        let query = [("fields", NUMBER_FIELDS)];
        let number = self.account.get(&self.phone_number_id, &query).await?;
        let text = |pointer| text_at(&number, pointer);
        Ok(NumberInfo {
            id: text("/id").ok_or(CallError::Unreadable)?,
            display_phone_number: text("/display_phone_number").ok_or(CallError::Unreadable)?,
            verified_name: text("/verified_name"),
            quality: Quality::parse(&text("/quality_rating").unwrap_or_default()),
            throughput: text("/throughput/level"),
            messaging_limit: text("/whatsapp_business_manager_messaging_limit"),
        })
    }

    /// Every template of the business account, whatever its status.
    pub async fn templates(&self, waba_id: &str) -> Result<Vec<Template>, CallError> {
        let waba_id = checked("waba_id", waba_id).map_err(|_| CallError::Unreadable)?;
        self.account.templates(waba_id).await
    }
}

/// What an answer to a send means. The table is in the crate's README.
pub fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Outcome {
    CLASSIFIER.classify(status, headers, body)
}

/// What an error means that came later, with the status `failed`: the same codes, but it is clear that nothing was sent.
pub fn reported(code: i64, detail: &str) -> Refusal {
    CLASSIFIER.reported(code, detail.to_owned())
}

fn checked<'a>(name: &'static str, id: &'a str) -> Result<&'a str, BuildError> {
    if is_graph_id(id) {
        return Ok(id);
    }
    Err(BuildError::Id {
        name,
        value: id.to_owned(),
    })
}

/// A success without `message_status` is accepted: it is told of paced templates only, on some pages.
fn accepted(body: &Value) -> Accepted {
    Accepted {
        message_id: text_at(body, "/messages/0/id"),
        recipient_id: text_at(body, "/contacts/0/wa_id"),
        user_id: text_at(body, "/contacts/0/user_id"),
        held: body.pointer("/messages/0/message_status")
            == Some(&Value::from("held_for_quality_assessment")),
        error: None,
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
