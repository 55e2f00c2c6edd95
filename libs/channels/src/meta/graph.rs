use bytes::Bytes;
use reqwest::{
    Client, Method, RequestBuilder, Response, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{
    answer::Answer,
    error_body::GraphError,
    outcome::{Classifier, Outcome, Refusal},
    signature::appsecret_proof,
    usage::Usage,
};
use crate::http::{self, BuildError, Timeouts, Unanswered, read, read_at_most};

/// A page of a catalogue: 100 templates with their ten cards are long.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
const TRACE_ID: &str = "x-fb-trace-id";

/// One version of Meta's Graph API, and the connections to it. Accounts share them.
#[derive(Debug, Clone)]
pub struct Graph {
    http: Client,
    /// With the version, without a slash at the end.
    base_url: String,
}

impl Graph {
    /// `base_url` is `https://graph.facebook.com`, or a stand-in; `version` is like `v25.0`.
    pub fn try_new(base_url: &str, version: &str, timeouts: Timeouts) -> Result<Self, BuildError> {
        if !is_version(version) {
            return Err(BuildError::Version {
                version: version.to_owned(),
            });
        }
        Ok(Self {
            base_url: format!("{}/{version}", http::parse_base(base_url)?),
            http: http::connect(timeouts)?,
        })
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("refused by Meta: {}", .0.detail)]
    Refused(Refusal),
    #[error("Meta did not say what it did: {detail}")]
    Unclear { detail: String },
    #[error("Meta did not answer")]
    Unreachable,
    #[error("the answer cannot be read")]
    Unreadable,
    #[error("the catalogue does not end")]
    Endless,
}

/// Where the token is put. Each product documents its own place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Authorization {
    Query,
    Bearer,
}

/// One account's way to Graph. Neither it nor its errors ever print the token.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    graph: Graph,
    classifier: Classifier,
    bearer: Option<HeaderValue>,
    /// Query parameters of every call.
    query: Vec<(&'static str, SecretString)>,
}

impl Account {
    pub(crate) fn try_new(
        graph: &Graph,
        classifier: Classifier,
        authorization: Authorization,
        access_token: &SecretString,
        app_secret: Option<&SecretString>,
    ) -> Result<Self, BuildError> {
        let mut query = Vec::new();
        let mut bearer = None;
        match authorization {
            Authorization::Query => query.push(("access_token", access_token.clone())),
            Authorization::Bearer => bearer = Some(bearer_of(access_token)?),
        }
        if let Some(app_secret) = app_secret {
            let proof = appsecret_proof(app_secret, access_token);
            query.push(("appsecret_proof", proof));
        }
        Ok(Self {
            graph: graph.clone(),
            classifier,
            bearer,
            query,
        })
    }

    /// One attempt. Nothing is repeated here.
    pub(crate) async fn send(&self, path: &str, body: Bytes) -> Answer {
        let request = match self.request(Method::POST, path, &[]) {
            Ok(request) => request.header(CONTENT_TYPE, "application/json").body(body),
            Err(_) => return unanswered(&Unanswered::NoConnection),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return unanswered(&Unanswered::from(&error)),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // The status and headers alone decide what can be decided without the body.
        let body = read(response).await.unwrap_or_default();
        let answer = Answer {
            outcome: self.classifier.classify(status, &headers, &body),
            usage: Usage::read(&headers),
            trace_id: trace_id(&headers, &body),
        };
        tracing::debug!(
            graph.trace_id = answer.trace_id,
            http.status = status,
            outcome = answer.outcome.class(),
            "send answered"
        );
        answer
    }

    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&'static str, &str)],
    ) -> Result<Value, CallError> {
        self.call(self.request(Method::GET, path, query)?).await
    }

    /// For what may be done twice without harm.
    pub(crate) async fn post(
        &self,
        path: &str,
        query: &[(&'static str, &str)],
        body: &Value,
    ) -> Result<Value, CallError> {
        let request = self.request(Method::POST, path, query)?.json(body);
        self.call(request).await
    }

    async fn call(&self, request: RequestBuilder) -> Result<Value, CallError> {
        // The error would print the address, and the address has the token.
        let response: Response = request.send().await.map_err(|_| CallError::Unreachable)?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read_at_most(response, PAGE_BYTES_MAX).await;
        if status.is_success() {
            let body = body.ok_or(CallError::Unreadable)?;
            return serde_json::from_slice(&body).map_err(|_| CallError::Unreadable);
        }
        let body = body.unwrap_or_default();
        match self.classifier.classify(status.as_u16(), &headers, &body) {
            Outcome::Refused(refusal) => Err(CallError::Refused(refusal)),
            Outcome::Ambiguous { detail } | Outcome::Unsent { detail } => {
                Err(CallError::Unclear { detail })
            }
            Outcome::Accepted(accepted) => Err(CallError::Unclear {
                detail: accepted.error.unwrap_or_default(),
            }),
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&'static str, &str)],
    ) -> Result<RequestBuilder, CallError> {
        let url = format!("{}/{path}", self.graph.base_url);
        let mut url = Url::parse(&url).map_err(|_| CallError::Unreachable)?;
        let secrets = self.query.iter();
        let secrets = secrets.map(|(name, secret)| (*name, secret.expose_secret()));
        for (name, value) in query.iter().copied().chain(secrets) {
            url.query_pairs_mut().append_pair(name, value);
        }
        let request = self.graph.http.request(method, url);
        Ok(match &self.bearer {
            Some(bearer) => request.header(AUTHORIZATION, bearer.clone()),
            None => request,
        })
    }
}

fn unanswered(why: &Unanswered) -> Answer {
    let outcome = match why {
        Unanswered::NoConnection => Outcome::Unsent {
            detail: "no connection".to_owned(),
        },
        Unanswered::Lost(how) => Outcome::Ambiguous {
            detail: (*how).to_owned(),
        },
    };
    tracing::debug!(outcome = outcome.class(), "send not answered");
    Answer {
        outcome,
        usage: Usage::default(),
        trace_id: None,
    }
}

fn trace_id(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let header = headers.get(TRACE_ID).and_then(|value| value.to_str().ok());
    header
        .map(str::to_owned)
        .or_else(|| GraphError::parse(body)?.trace_id)
}

fn bearer_of(access_token: &SecretString) -> Result<HeaderValue, BuildError> {
    let value = format!("Bearer {}", access_token.expose_secret());
    let mut value = HeaderValue::from_str(&value).map_err(BuildError::AccessToken)?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_version(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// Whether the text can be one segment of an address: Graph's ids are digits, and `me`.
pub(crate) fn is_graph_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_number_of_two_parts() {
        for version in ["v25.0", "v9.10"] {
            Graph::try_new("https://graph.facebook.com", version, Timeouts::default()).unwrap();
        }
        for version in ["", "25.0", "v25", "v25.", "v.0", "v25.0/", "vx.0"] {
            let graph = Graph::try_new("https://graph.facebook.com", version, Timeouts::default());
            assert!(
                matches!(graph, Err(BuildError::Version { .. })),
                "{version}"
            );
        }
        let graph = Graph::try_new("https://a.example/v25.0", "v25.0", Timeouts::default());
        assert!(matches!(graph, Err(BuildError::BaseUrl)));
    }
}
