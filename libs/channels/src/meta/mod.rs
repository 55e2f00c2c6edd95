//! What Messenger and WhatsApp share: Meta's Graph API, its errors and the signature of its webhooks.

mod answer;
mod catalogue;
mod error_body;
mod graph;
mod json;
mod outcome;
mod pages;
mod placeholders;
mod rule;
mod signature;
mod usage;

#[cfg(test)]
mod any_json;
#[cfg(test)]
pub(crate) mod table;

pub use crate::limits::{ContentError, ContentErrors, Unit};
pub use answer::Answer;
pub use catalogue::{
    Component, HeaderFormat, ParameterFormat, Quality, Template, TemplateButton, TemplateCategory,
    TemplateKey, TemplateStatus,
};
pub use graph::{CallError, Graph};
pub use outcome::{Accepted, Outcome, Refusal};
pub use placeholders::placeholders;
pub use rule::{Action, Reason, Scope};
pub use signature::{appsecret_proof, subscription_challenge, verify_signature};
pub use usage::{Usage, UsageEntry};

pub(crate) use crate::limits::Checks;
pub(crate) use catalogue::{body_in, buttons_in, header_in};
pub(crate) use graph::{Account, Authorization, is_graph_id};
pub(crate) use json::{number, object, seconds_as_ms, text_at};
pub(crate) use outcome::{Classifier, accepted_as};
pub(crate) use rule::{Meaning, Rule, Rules};

#[cfg(test)]
pub(crate) use any_json::any_json;

/// Meta posts at most 3 MB; a body that is longer is refused before it is read.
pub const WEBHOOK_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Meta batches at most 1,000 updates; ten times that in one body is refused.
pub const WEBHOOK_EVENTS_MAX: usize = 10_000;

/// Why a body is not taken. Nothing of it has been.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("the body has {bytes} bytes, more than {WEBHOOK_BYTES_MAX}")]
    TooLarge { bytes: usize },
    #[error("the body has more than {WEBHOOK_EVENTS_MAX} events")]
    TooManyEvents,
    #[error("the body is not JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("the body is not an object of the form that Meta posts")]
    Form,
    #[error("the body is about {object:?}, which is another product")]
    Object { object: String },
    #[error("the body has neither entries nor the name of a field")]
    Nameless,
}
