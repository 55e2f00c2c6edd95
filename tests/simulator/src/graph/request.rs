use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, Uri, header};
use reqwest::Url;
use serde_json::{Map, Value};

use super::{error::GraphError, faults::GraphEndpoint};

/// A request as Graph reads it: query, form and JSON are one set of parameters.
#[derive(Debug, Clone)]
pub(crate) struct GraphRequest {
    pub(crate) method: Method,
    /// Without the version.
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) body: Map<String, Value>,
    pub(crate) token: Option<String>,
    /// Of a multipart body.
    pub(crate) file: Option<File>,
}

#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) mime_type: String,
    pub(crate) size: usize,
}

const OLDEST: u32 = 20;
const NEWEST: u32 = 26;

impl GraphRequest {
    pub(crate) fn parse(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, GraphError> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut request = Self::at(method.clone(), &uri.to_string())?;
        request.read(content_type, body)?;
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        request.token = bearer
            .map(str::to_owned)
            .or_else(|| request.query.get("access_token").cloned())
            .or_else(|| {
                let token = request.body.get("access_token");
                token.and_then(Value::as_str).map(str::to_owned)
            });
        request.body.remove("access_token");
        request.body.remove("appsecret_proof");
        Ok(request)
    }

    fn at(method: Method, uri: &str) -> Result<Self, GraphError> {
        let url = Url::parse("http://graph.invalid/")
            .and_then(|base| base.join(&format!("/{}", uri.trim_start_matches('/'))))
            .map_err(|_| GraphError::invalid("Invalid URL."))?;
        let mut path: Vec<String> = url
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        if path.first().is_some_and(|first| version(first).is_some()) {
            let known = path.remove(0);
            let number = version(&known).unwrap_or_default();
            if !(OLDEST..=NEWEST).contains(&number) {
                let message = format!("Unknown path components: /{known}");
                return Err(GraphError::new(2500).saying(message));
            }
        }
        let query = url.query_pairs().into_owned().collect();
        Ok(Self {
            method,
            path,
            query,
            body: Map::new(),
            token: None,
            file: None,
        })
    }

    fn read(&mut self, content_type: &str, body: &[u8]) -> Result<(), GraphError> {
        if body.is_empty() {
            return Ok(());
        }
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        match media_type {
            "application/json" => {
                let json: Value = serde_json::from_slice(body)
                    .map_err(|_| GraphError::invalid("The request body is not valid JSON."))?;
                let Value::Object(map) = json else {
                    return Err(GraphError::invalid("The request body must be an object."));
                };
                self.body = map;
                Ok(())
            }
            "application/x-www-form-urlencoded" => {
                self.body = form(&String::from_utf8_lossy(body));
                Ok(())
            }
            "multipart/form-data" => self.read_parts(content_type, body),
            other => Err(GraphError::invalid(format!(
                "Content type {other} is not supported."
            ))),
        }
    }

    fn read_parts(&mut self, content_type: &str, body: &[u8]) -> Result<(), GraphError> {
        let malformed = || GraphError::invalid("The multipart body is malformed.");
        let (_, boundary) = content_type.split_once("boundary=").ok_or_else(malformed)?;
        let text: String = body.iter().map(|byte| char::from(*byte)).collect();
        for part in text.split(&format!("--{}", boundary.trim_matches('"'))) {
            let Some((head, content)) = part.split_once("\r\n\r\n") else {
                continue;
            };
            let content = content.strip_suffix("\r\n").unwrap_or(content);
            let name = attribute(head, "name=\"").ok_or_else(malformed)?;
            if head.contains("filename=") {
                let lower = head.to_ascii_lowercase();
                let mime_type = lower
                    .split_once("content-type:")
                    .map(|(_, rest)| rest.lines().next().unwrap_or_default().trim().to_owned());
                self.file = Some(File {
                    mime_type: mime_type.unwrap_or_default(),
                    size: content.len(),
                });
            } else {
                self.body.insert(name, Value::from(content));
            }
        }
        Ok(())
    }

    /// The requests of a batch, each with the batch's own token and proof.
    pub(crate) fn batch(&self) -> Result<Option<Vec<Result<Self, GraphError>>>, GraphError> {
        let given = match self.body.get("batch") {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(other) => other.clone(),
            None => return Ok(None),
        };
        let Some(entries) = given.as_array() else {
            return Err(GraphError::invalid("Param batch must be an array."));
        };
        if entries.len() > 50 {
            return Err(GraphError::invalid(
                "Too many requests in batch message. Maximum batch size is 50",
            ));
        }
        Ok(Some(
            entries
                .iter()
                .map(|entry| self.sub_request(entry))
                .collect(),
        ))
    }

    fn sub_request(&self, entry: &Value) -> Result<Self, GraphError> {
        let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let method = text("method").parse().unwrap_or(Method::GET);
        let mut request = Self::at(method, text("relative_url"))?;
        request.body = form(text("body"));
        request.token = request
            .query
            .get("access_token")
            .cloned()
            .or(self.token.clone());
        if let Some(proof) = self.query.get("appsecret_proof") {
            request
                .query
                .insert("appsecret_proof".to_owned(), proof.clone());
        }
        Ok(request)
    }

    pub(crate) fn node(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    pub(crate) fn edge(&self) -> &str {
        self.path.get(1).map_or("", String::as_str)
    }

    pub(crate) fn endpoint(&self) -> GraphEndpoint {
        match self.edge() {
            "messages" | "marketing_messages" => GraphEndpoint::Messages,
            "message_attachments" | "media" => GraphEndpoint::Media,
            "message_templates" => GraphEndpoint::Templates,
            _ => GraphEndpoint::Node,
        }
    }
}

/// `v25.0` is 25.
pub(crate) fn version(segment: &str) -> Option<u32> {
    segment.strip_prefix('v')?.strip_suffix(".0")?.parse().ok()
}

/// Values that are JSON are read as such, as Graph does.
fn form(text: &str) -> Map<String, Value> {
    let Ok(url) = Url::parse(&format!("http://graph.invalid/?{text}")) else {
        return Map::new();
    };
    url.query_pairs()
        .map(|(key, value)| {
            let looks_like_json = value.starts_with(['{', '[']);
            let parsed = looks_like_json
                .then(|| serde_json::from_str(&value).ok())
                .flatten();
            (
                key.into_owned(),
                parsed.unwrap_or_else(|| Value::from(value.into_owned())),
            )
        })
        .collect()
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(name)?;
    rest.split('"').next().map(str::to_owned)
}
