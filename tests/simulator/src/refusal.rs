use axum::http::StatusCode;
use serde::Serialize;

/// An answer other than 200, in LINE's own words where LINE documents them.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: ErrorBody,
    /// The number of the request that had been accepted under the same retry key.
    pub(crate) accepted: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ErrorBody {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
    #[serde(rename = "sentMessages", skip_serializing_if = "Vec::is_empty")]
    sent_messages: Vec<SentMessage>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Detail {
    pub(crate) message: String,
    pub(crate) property: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SentMessage {
    pub(crate) id: String,
    pub(crate) quote_token: String,
}

impl Detail {
    pub(crate) fn new(property: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            property: property.into(),
        }
    }
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let body = ErrorBody {
            message: message.into(),
            details: Vec::new(),
            sent_messages: Vec::new(),
        };
        Self {
            status,
            body,
            accepted: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// One error for each detail.
    pub(crate) fn details(details: Vec<Detail>) -> Self {
        let mut refusal =
            Self::bad_request(format!("The request body has {} error(s)", details.len()));
        refusal.body.details = details;
        refusal
    }

    /// `property` is quoted by the caller where LINE quotes it.
    pub(crate) fn invalid_property(property: &str) -> Self {
        Self::bad_request(format!(
            "The property, {property}, in the request body is invalid (line: -, column: -)"
        ))
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Authentication failed. Confirm that the access token in the authorization header is valid.",
        )
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Access to this API is not available for your account",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    pub(crate) fn rate_limited() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "The API rate limit has been exceeded. Try again later.",
        )
    }

    pub(crate) fn monthly_limit() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "You have reached your monthly limit.",
        )
    }

    pub(crate) fn failed_to_send() -> Self {
        Self::bad_request("Failed to send messages")
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server is temporarily unavailable",
        )
    }

    /// A push is also told again what it had sent.
    pub(crate) fn already_accepted(request: u64, sent_messages: Vec<SentMessage>) -> Self {
        let mut refusal = Self::new(StatusCode::CONFLICT, "The retry key is already accepted");
        refusal.accepted = Some(request);
        refusal.body.sent_messages = sent_messages;
        refusal
    }
}
