use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{
    error_body::GraphError,
    rule::{Action, Meaning, Reason, Rule, Rules, Scope, find},
    usage::Usage,
};

/// What became of one message to one person.
///
/// Meta has no key under which a send could be repeated safely. So only what Meta itself says was not sent may be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Meta has it. Never send it again.
    Accepted(Accepted),
    /// Meta says that it was not sent.
    Refused(Refusal),
    /// Perhaps it was sent. Nothing may be repeated: the webhook that carries our correlation settles it, or a person does.
    Ambiguous { detail: String },
    /// The request never left.
    Unsent { detail: String },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Meta's name for the message; absent if the answer broke off, and then a webhook tells it.
    pub message_id: Option<String>,
    /// Meta's name for the person: the PSID, or the WhatsApp id, which may differ from the number that was sent to.
    pub recipient_id: Option<String>,
    /// The business-scoped id of a WhatsApp user.
    pub user_id: Option<String>,
    /// Kept back until Meta knows what people think of the template; it may yet be dropped.
    pub held: bool,
    /// What was said, if it was accepted with an error.
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Ours, and stable.
    pub name: &'static str,
    pub action: Action,
    /// Not before this has passed. Without it, whatever the sender's own back-off says.
    pub wait: Option<Duration>,
    /// Graph's; absent if Graph did not answer.
    pub code: Option<i64>,
    pub subcode: Option<i64>,
    /// In Meta's words, for people.
    pub detail: String,
}

impl Refusal {
    /// Meta's code and our name of it, for the record: `131026 undeliverable`.
    pub fn label(&self) -> String {
        match (self.code, self.subcode) {
            (Some(code), Some(subcode)) => match enhanced(code, subcode) {
                Some(enhanced) => format!("{code}/{enhanced} {}", self.name),
                None => format!("{code}/{subcode} {}", self.name),
            },
            (Some(code), None) => format!("{code} {}", self.name),
            (None, Some(_) | None) => self.name.to_owned(),
        }
    }
}

/// SMTP's enhanced code, as people know it: 5.1.1. Meta has no subcodes of seven digits that begin with its class.
fn enhanced(code: i64, subcode: i64) -> Option<String> {
    let class = subcode / 1_000_000;
    let is_smtp = matches!(code, 400..=599) && matches!(class, 4 | 5) && class == code / 100;
    is_smtp.then(|| format!("{class}.{}.{}", subcode / 1_000 % 1_000, subcode % 1_000))
}

impl Outcome {
    /// A stable name of the kind, for metrics and stored outcomes.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Accepted(accepted) if accepted.held => "held",
            Self::Accepted(_) => "accepted",
            Self::Refused(refusal) => refusal.action.class(),
            Self::Ambiguous { .. } => "ambiguous",
            Self::Unsent { .. } => "unsent",
        }
    }

    /// Whether the same bytes may be sent again.
    pub fn may_be_repeated(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.action.may_be_repeated(),
            Self::Unsent { .. } => true,
            Self::Accepted(_) | Self::Ambiguous { .. } => false,
        }
    }
}

/// How one channel reads its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Classifier {
    pub(crate) rules: Rules,
    pub(crate) accepted: fn(&Value) -> Accepted,
}

impl Classifier {
    /// What an answer means. The tables are in the crate's README.
    pub(crate) fn classify(self, status: u16, headers: &HeaderMap, body: &[u8]) -> Outcome {
        if (200..=299).contains(&status) {
            let body = serde_json::from_slice(body).unwrap_or_default();
            return Outcome::Accepted((self.accepted)(&body));
        }
        match GraphError::parse(body) {
            Some(error) => self.refused(status, &error, &Usage::read(headers)),
            None => not_graphs(status),
        }
    }

    fn refused(self, status: u16, error: &GraphError, usage: &Usage) -> Outcome {
        let detail = error.text();
        let known = if error.wants_proof() {
            Some(&PROOF)
        } else {
            find(self.rules, error.code, error.subcode)
        };
        let Some(rule) = known else {
            if error.is_transient || status >= 500 {
                return Outcome::Ambiguous { detail };
            }
            let unknown = Rule::new(
                error.code,
                "unknown_code",
                Meaning::Refused(Action::SkipPerson(Reason::Unknown)),
            );
            return outcome(&unknown, error, usage, detail);
        };
        outcome(rule, error, usage, detail)
    }

    /// What a code means that came by itself, with a failed message.
    pub(crate) fn reported(self, code: i64, detail: String) -> Refusal {
        let rule = find(self.rules, code, None);
        let action = match rule.map(|rule| rule.meaning) {
            Some(Meaning::Refused(action)) => action,
            // The message has failed, so it was not sent: that much is clear.
            Some(Meaning::Sent | Meaning::Unclear) => Action::Retry,
            None => Action::SkipPerson(Reason::Unknown),
        };
        Refusal {
            name: rule.map_or("unknown_code", |rule| rule.name),
            action,
            wait: rule.and_then(|rule| rule.wait),
            code: Some(code),
            subcode: None,
            detail,
        }
    }
}

static PROOF: Rule = Rule::new(
    100,
    "appsecret_proof_missing",
    Meaning::Refused(Action::Stop(Scope::App)),
);

fn outcome(rule: &Rule, error: &GraphError, usage: &Usage, detail: String) -> Outcome {
    match rule.meaning {
        Meaning::Sent => Outcome::Accepted(Accepted {
            error: Some(detail),
            ..Accepted::default()
        }),
        Meaning::Unclear => Outcome::Ambiguous { detail },
        Meaning::Refused(action) => Outcome::Refused(Refusal {
            name: rule.name,
            action,
            wait: wait(action, rule, usage),
            code: Some(error.code),
            subcode: error.subcode,
            detail,
        }),
    }
}

/// Meta's own estimate is for those who call too often, and for nobody else.
fn wait(action: Action, rule: &Rule, usage: &Usage) -> Option<Duration> {
    match action {
        Action::Pause(_) => rule.wait.max(usage.regain_access()),
        Action::SkipPerson(_)
        | Action::DeferPerson
        | Action::Retry
        | Action::StopBroadcast
        | Action::Stop(_) => rule.wait,
    }
}

/// Something between us and Graph answered.
fn not_graphs(status: u16) -> Outcome {
    let detail = format!("{status} without an error of Graph's");
    let refused = |name, action| {
        Outcome::Refused(Refusal {
            name,
            action,
            wait: None,
            code: None,
            subcode: None,
            detail: detail.clone(),
        })
    };
    match status {
        // The base URL, the version or a proxy leads elsewhere, for all alike.
        300..=399 | 401 | 403 | 404 | 405 | 407 | 410 => {
            refused("not_the_api", Action::Stop(Scope::App))
        }
        413 => refused("body_too_large", Action::StopBroadcast),
        415 => refused("media_type_refused", Action::StopBroadcast),
        429 => refused("too_many_requests", Action::Pause(Scope::App)),
        // What Graph did is unknown.
        _ => Outcome::Ambiguous { detail },
    }
}

/// Shorthand for the readers of a channel's successes.
pub(crate) fn accepted_as(message_id: Option<String>, recipient_id: Option<String>) -> Accepted {
    Accepted {
        message_id,
        recipient_id,
        ..Accepted::default()
    }
}
