use axum::http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use crate::refusal::Refusal;

const RETRY_KEY: &str = "x-line-retry-key";

/// Empty if there is none, which is nobody's token.
pub(super) fn bearer(headers: &HeaderMap) -> &str {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default()
}

/// A retry key is a UUID in the usual form with hyphens.
pub(super) fn retry_key(headers: &HeaderMap) -> Result<Option<Uuid>, Refusal> {
    let Some(value) = headers.get(RETRY_KEY) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|text| text.len() == uuid::fmt::Hyphenated::LENGTH)
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| Refusal::bad_request("The retry key is invalid"))
}

/// Endpoints that do not send refuse a retry key rather than ignore it.
pub(super) fn refuse_retry_key(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(RETRY_KEY) {
        return Err(Refusal::bad_request(
            "The retry key is not supported by this API",
        ));
    }
    Ok(())
}

pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("The content type, {content_type}, is not supported"),
    ))
}
