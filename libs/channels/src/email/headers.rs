//! The headers that lettre has no type for.

use lettre::message::header::{HeaderName, HeaderValue};

use super::message::Unsubscribe;

/// What a mailbox provider posts to the address, and what says that it may (RFC 8058).
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

pub(super) fn list_unsubscribe(unsubscribe: &Unsubscribe) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("List-Unsubscribe");
    let (url, mail_to) = (&unsubscribe.url, unsubscribe.mail_to.as_str());
    HeaderValue::new(
        name,
        format!("<{url}>, <mailto:{mail_to}?subject=unsubscribe>"),
    )
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
