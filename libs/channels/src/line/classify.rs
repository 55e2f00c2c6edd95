use reqwest::header::HeaderMap;

use super::error_body::ErrorBody;
use crate::verdict::Verdict;

const REQUEST_ID: &str = "x-line-request-id";
const ACCEPTED_REQUEST_ID: &str = "x-line-accepted-request-id";

/// What an answer to a send means. The table is in the crate's README.
pub fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Verdict {
    let error = ErrorBody::parse(body);
    let detail = detail(status, error.as_ref());
    match status {
        200..=299 => Verdict::Accepted {
            request_id: header(headers, REQUEST_ID),
            repeated: false,
        },
        409 => already_accepted(headers, error.as_ref(), detail),
        401 => account("unauthorized", detail),
        403 => account("forbidden", detail),
        300..=399 | 404 | 405 | 410 => account("not_the_api", detail),
        408 => Verdict::Ambiguous { detail },
        413 => content("body_too_large", detail),
        415 => content("media_type_refused", detail),
        429 => too_much(error.as_ref(), detail),
        400..=499 => match error {
            Some(error) => bad_request(&error, detail),
            // Something between us and LINE answered; what LINE did is unknown.
            None => Verdict::Ambiguous { detail },
        },
        _ => Verdict::Ambiguous { detail },
    }
}

/// The provider's name for this attempt.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, REQUEST_ID)
}

fn already_accepted(headers: &HeaderMap, error: Option<&ErrorBody>, detail: String) -> Verdict {
    let request_id = header(headers, ACCEPTED_REQUEST_ID);
    let said = error.is_some_and(|error| error.message().contains("already accepted"));
    if request_id.is_some() || said {
        return Verdict::Accepted {
            request_id,
            repeated: true,
        };
    }
    Verdict::Ambiguous { detail }
}

/// A monthly limit must be told as such: waiting a second does not help against it.
fn too_much(error: Option<&ErrorBody>, detail: String) -> Verdict {
    if error.is_some_and(|error| error.message().contains("monthly limit")) {
        return Verdict::QuotaExceeded { detail };
    }
    Verdict::Throttled { detail }
}

/// If both content and a recipient are blamed, no recipient can be helped.
fn bad_request(error: &ErrorBody, detail: String) -> Verdict {
    let mut recipient = None;
    for property in error.properties() {
        match Blamed::from(property) {
            Blamed::Recipient(index) => recipient = recipient.or(Some(index)),
            Blamed::Content => return content("content_invalid", detail),
        }
    }
    if let Some(index) = recipient {
        return Verdict::RecipientInvalid {
            index,
            code: "recipient_invalid",
            detail,
        };
    }
    if error.message() == "Failed to send messages" {
        return Verdict::RecipientInvalid {
            index: None,
            code: "recipient_unnamed",
            detail,
        };
    }
    content("request_invalid", detail)
}

enum Blamed {
    Recipient(Option<usize>),
    /// `messages`, and what else is the same for all people of a broadcast.
    Content,
}

impl From<&str> for Blamed {
    fn from(property: &str) -> Self {
        if property == "to" {
            return Self::Recipient(None);
        }
        match property.strip_prefix("to[") {
            Some(rest) => Self::Recipient(rest.trim_end_matches(']').parse().ok()),
            None => Self::Content,
        }
    }
}

fn content(code: &'static str, detail: String) -> Verdict {
    Verdict::ContentRefused { code, detail }
}

fn account(code: &'static str, detail: String) -> Verdict {
    Verdict::AccountRefused { code, detail }
}

fn detail(status: u16, error: Option<&ErrorBody>) -> String {
    match error.map(ErrorBody::text) {
        Some(text) if !text.is_empty() => format!("{status} {text}"),
        Some(_) | None => status.to_string(),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
