use bytes::Bytes;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{body::MessagingType, rules::RULES};
use crate::{
    http::BuildError,
    meta::{
        Accepted, Account, Action, Answer, Authorization, CallError, Classifier, Graph, Outcome,
        Template, accepted_as, is_graph_id, text_at,
    },
};

pub(super) const CLASSIFIER: Classifier = Classifier {
    rules: RULES,
    accepted,
};

/// One Page, by its access token.
#[derive(Debug, Clone)]
pub struct MessengerClient {
    account: Account,
    page_id: String,
}

/// Who the account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageInfo {
    /// Also the `entry.id` of the Page's webhooks.
    pub id: String,
    pub name: String,
}

impl MessengerClient {
    /// With `app_secret` every call shows that it is our app's.
    pub fn try_new(
        graph: &Graph,
        page_id: &str,
        access_token: &SecretString,
        app_secret: Option<&SecretString>,
    ) -> Result<Self, BuildError> {
        if !is_graph_id(page_id) {
            return Err(BuildError::Id {
                name: "page_id",
                value: page_id.to_owned(),
            });
        }
        let authorization = Authorization::Query;
        Ok(Self {
            account: Account::try_new(graph, CLASSIFIER, authorization, access_token, app_secret)?,
            page_id: page_id.to_owned(),
        })
    }

    /// One attempt to send to one person. Nothing is repeated here, and what is ambiguous must not be.
    pub async fn send(&self, messaging_type: MessagingType, body: Bytes) -> Answer {
        let mut answer = self.account.send(&self.path("messages"), body).await;
        answer.outcome = tag_retired(messaging_type, answer.outcome);
        answer
    }

    /// Uploads an image once, for many sends. The id is good for 90 days.
    pub async fn upload_image(&self, url: &str) -> Result<String, CallError> {
        let payload = json!({"url": url, "is_reusable": true});
        let body = json!({"message": {"attachment": {"type": "image", "payload": payload}}});
        let path = self.path("message_attachments");
        let answer = self.account.post(&path, &[], &body).await?;
        text_at(&answer, "/attachment_id").ok_or(CallError::Unreadable)
    }

    pub async fn page_info(&self) -> Result<PageInfo, CallError> {
        let page = self
            .account
            .get(&self.page_id, &[("fields", "id,name")])
            .await?;
        let id = text_at(&page, "/id").ok_or(CallError::Unreadable)?;
        let name = text_at(&page, "/name").unwrap_or_default();
        Ok(PageInfo { id, name })
    }

    /// The Page's utility templates.
    pub async fn templates(&self) -> Result<Vec<Template>, CallError> {
        self.account.templates(&self.page_id).await
    }

    /// Makes Meta post these fields of the Page to our app.
    pub async fn subscribe(&self, fields: &[&str]) -> Result<(), CallError> {
        let fields = fields.join(",");
        let query = [("subscribed_fields", fields.as_str())];
        let path = self.path("subscribed_apps");
        self.account.post(&path, &query, &json!({})).await.map(drop)
    }

    fn path(&self, edge: &str) -> String {
        format!("{}/{edge}", self.page_id)
    }
}

/// What an answer to a send of this type means. The table is in the crate's README.
pub fn classify(
    messaging_type: MessagingType,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Outcome {
    tag_retired(messaging_type, CLASSIFIER.classify(status, headers, body))
}

/// Meta refuses its retired tags as an invalid parameter, for all people alike.
fn tag_retired(messaging_type: MessagingType, mut outcome: Outcome) -> Outcome {
    if let (MessagingType::Tagged(_), Outcome::Refused(refusal)) = (messaging_type, &mut outcome)
        && refusal.name == "request_invalid"
        && refusal.subcode.is_none()
    {
        refusal.name = "tag_retired";
        refusal.action = Action::StopBroadcast;
    }
    outcome
}

fn accepted(body: &Value) -> Accepted {
    accepted_as(text_at(body, "/message_id"), text_at(body, "/recipient_id"))
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
