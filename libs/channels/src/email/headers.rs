//! The headers that lettre has no type for.

use lettre::message::header::{HeaderName, HeaderValue};

use super::message::Unsubscribe;

/// What a mailbox provider posts to the address, and what says that it may (RFC 8058).
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

pub(super) fn list_unsubscribe(unsubscribe: &Unsubscribe) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("List-Unsubscribe");
    let url = &unsubscribe.url;
    let ways = match &unsubscribe.mail_to {
        Some(mail_to) => format!("<{url}>, <mailto:{}?subject=unsubscribe>", mail_to.as_str()),
        None => format!("<{url}>"),
    };
    HeaderValue::new(name, ways)
}

pub(super) fn one_click() -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");
    HeaderValue::new(name, ONE_CLICK.to_owned())
}

pub(super) fn feedback_id(id: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Feedback-ID");
    HeaderValue::new(name, id.to_owned())
}

/// No answer of a machine is wanted: neither "I am on holiday" nor "your mail has come".
pub(super) fn no_auto_response() -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("X-Auto-Response-Suppress");
    HeaderValue::new(name, "OOF, AutoReply".to_owned())
}
