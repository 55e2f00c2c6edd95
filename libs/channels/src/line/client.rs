use bytes::Bytes;
use reqwest::{
    Client,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::classify::{classify, request_id};
use crate::{
    channel::{Channel, SendResult, Sending},
    http::{self, BuildError, Timeouts, Unanswered, read},
    verdict::Verdict,
};

/// One LINE channel, by its access token.
#[derive(Debug, Clone)]
pub struct LineClient {
    http: Client,
    /// Without a slash at the end.
    base_url: String,
    /// Marked as sensitive, so that it is not printed.
    authorization: HeaderValue,
}

impl LineClient {
    /// `base_url` is `https://api.line.me`, or a stand-in.
    pub fn try_new(
        base_url: &str,
        access_token: &SecretString,
        timeouts: Timeouts,
    ) -> Result<Self, BuildError> {
        let base_url = http::parse_base(base_url)?;
        let authorization = authorization(access_token)?;
        let http = http::connect(timeouts)?;
        Ok(Self {
            http,
            base_url,
            authorization,
        })
    }

    /// Another account, over the same connections.
    pub fn for_account(&self, access_token: &SecretString) -> Result<Self, BuildError> {
        Ok(Self {
            authorization: authorization(access_token)?,
            ..self.clone()
        })
    }

    /// One attempt to send to up to 500 people. Nothing is repeated here.
    pub async fn multicast(&self, retry_key: Uuid, body: Bytes) -> SendResult {
        self.attempt("/v2/bot/message/multicast", retry_key, body)
            .await
    }

    /// One attempt to send to one person.
    pub async fn push(&self, retry_key: Uuid, body: Bytes) -> SendResult {
        self.attempt("/v2/bot/message/push", retry_key, body).await
    }

    async fn attempt(&self, path: &str, retry_key: Uuid, body: Bytes) -> SendResult {
        let request = self
            .http
            .post(self.url(path))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("X-Line-Retry-Key", retry_key.to_string())
            .body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return unanswered(&error),
        };

        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // The status and headers alone decide what can be decided without the body.
        let body = read(response).await.unwrap_or_default();
        let result = SendResult {
            verdict: classify(status, &headers, &body),
            request_id: request_id(&headers),
        };
        tracing::debug!(
            line.request_id = result.request_id,
            http.status = status,
            verdict = result.verdict.class(),
            "a send answered"
        );
        result
    }

    pub(super) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http
            .get(self.url(path))
            .header(AUTHORIZATION, self.authorization.clone())
    }

    pub(super) fn post(&self, path: &str, body: String) -> reqwest::RequestBuilder {
        self.http
            .post(self.url(path))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

impl Channel for LineClient {
    fn send(&self, retry_key: Uuid, body: Bytes) -> Sending<'_> {
        Box::pin(self.multicast(retry_key, body))
    }
}

fn unanswered(error: &reqwest::Error) -> SendResult {
    let verdict = match Unanswered::from(error) {
        Unanswered::NoConnection => Verdict::Transient {
            detail: "no connection".to_owned(),
        },
        Unanswered::Lost(how) => Verdict::Ambiguous {
            detail: how.to_owned(),
        },
    };
    tracing::debug!(verdict = verdict.class(), "a send not answered");
    SendResult {
        verdict,
        request_id: None,
    }
}

fn authorization(access_token: &SecretString) -> Result<HeaderValue, BuildError> {
    let value = format!("Bearer {}", access_token.expose_secret());
    let mut value = HeaderValue::from_str(&value).map_err(BuildError::AccessToken)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base_url: &str, token: &str) -> Result<LineClient, BuildError> {
        LineClient::try_new(base_url, &token.into(), Timeouts::default())
    }

    #[test]
    fn a_token_is_never_printed() {
        let client = client("https://api.line.me/", "very-secret").unwrap();
        assert!(!format!("{client:?}").contains("very-secret"));
        assert_eq!(
            client.url("/v2/bot/info"),
            "https://api.line.me/v2/bot/info"
        );
    }

    #[test]
    fn what_cannot_work_is_refused_at_once() {
        for base_url in [
            "",
            "api.line.me",
            "ftp://api.line.me",
            "https://api.line.me/v2",
        ] {
            let error = client(base_url, "token").unwrap_err();
            assert!(matches!(error, BuildError::BaseUrl), "{base_url}");
        }
        let error = client("https://api.line.me", "two\nlines").unwrap_err();
        assert!(matches!(error, BuildError::AccessToken(_)));
    }
}
