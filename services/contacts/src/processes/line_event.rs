use chrono::{DateTime, Utc};
use contacts_domain::ExternalId;
use events::common::Channel;
use serde::Deserialize;

/// What a person did, as LINE tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineFact {
    pub(crate) user_id: ExternalId,
    /// The event's own id, the same when it is delivered again.
    pub(crate) event_id: String,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) kind: LineFactKind,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum LineFactKind {
    Followed {
        unblocked: bool,
    },
    /// The text, or nothing for a sticker or a picture.
    Wrote {
        text: String,
    },
    Tapped {
        data: String,
    },
    Blocked,
}

/// Reads an event of a webhook. `None`: it says nothing of a contact, or not of which.
///
/// LINE adds fields and kinds of events at any time, and leaves the user out where it may not tell.
pub(crate) fn parse(body: &[u8]) -> Option<LineFact> {
    let event: Event = serde_json::from_slice(body).ok()?;
    let source = event.source.filter(|source| source.kind == "user")?;
    let user_id = ExternalId::parse(Channel::Line, &source.user_id?).ok()?;
    let kind = match event.kind.as_str() {
        "follow" => LineFactKind::Followed {
            unblocked: event.follow.unwrap_or_default().is_unblocked,
        },
        "unfollow" => LineFactKind::Blocked,
        "message" => LineFactKind::Wrote {
            text: event.message.unwrap_or_default().text,
        },
        "postback" => LineFactKind::Tapped {
            data: event.postback.unwrap_or_default().data,
        },
        _ => return None,
    };
    Some(LineFact {
        user_id,
        event_id: event.webhook_event_id.filter(|id| !id.is_empty())?,
        occurred_at: DateTime::from_timestamp_millis(event.timestamp?)?,
        kind,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    /// Milliseconds since 1970, of the event itself even when it is delivered again.
    timestamp: Option<i64>,
    webhook_event_id: Option<String>,
    source: Option<Source>,
    follow: Option<Follow>,
    message: Option<Message>,
    postback: Option<Postback>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    #[serde(rename = "type", default)]
    kind: String,
    user_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Follow {
    #[serde(default)]
    is_unblocked: bool,
}

#[derive(Default, Deserialize)]
struct Message {
    #[serde(default)]
    text: String,
}

#[derive(Default, Deserialize)]
struct Postback {
    #[serde(default)]
    data: String,
}

// What people write is never printed.
impl std::fmt::Debug for LineFactKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Followed { .. } => "Followed",
            Self::Wrote { .. } => "Wrote",
            Self::Tapped { .. } => "Tapped",
            Self::Blocked => "Blocked",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = r#""source":{"type":"user","userId":"U05a99c00b975ff15c51fe48e9fac2f2a"}"#;
    const ID: &str = r#""timestamp":1462629479859,"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR""#;

    #[test]
    fn each_kind_of_event_is_read() {
        let cases = [
            (
                r#""type":"follow","follow":{"isUnblocked":true}"#,
                LineFactKind::Followed { unblocked: true },
            ),
            (
                r#""type":"follow""#,
                LineFactKind::Followed { unblocked: false },
            ),
            (r#""type":"unfollow""#, LineFactKind::Blocked),
            (
                r#""type":"message","message":{"type":"text","text":"hello"}"#,
                LineFactKind::Wrote {
                    text: "hello".to_owned(),
                },
            ),
            (
                r#""type":"message","message":{"type":"sticker","stickerId":"1"}"#,
                LineFactKind::Wrote {
                    text: String::new(),
                },
            ),
            (
                r#""type":"postback","postback":{"data":"a=1","params":{}}"#,
                LineFactKind::Tapped {
                    data: "a=1".to_owned(),
                },
            ),
        ];
        for (event, kind) in cases {
            let fact = parse(format!("{{{event},{USER},{ID},\"mode\":\"active\"}}").as_bytes());
            let fact = fact.expect(event);
            assert_eq!(fact.kind, kind, "{event}");
            assert_eq!(fact.occurred_at.timestamp_millis(), 1_462_629_479_859);
        }
    }

    #[test]
    fn what_says_nothing_of_a_contact_is_left_out() {
        let group = r#""source":{"type":"group","groupId":"C1","userId":"U05a99c00b975ff15c51fe48e9fac2f2a"}"#;
        let bodies = [
            format!(r#"{{"type":"membership",{USER},{ID}}}"#),
            format!(r#"{{"type":"message",{group},{ID}}}"#),
            format!(r#"{{"type":"message","source":{{"type":"user"}},{ID}}}"#),
            format!(r#"{{"type":"message",{ID}}}"#),
            format!(r#"{{"type":"message",{USER}}}"#),
            "[]".to_owned(),
            "not JSON".to_owned(),
        ];
        for body in bodies {
            assert_eq!(parse(body.as_bytes()), None, "{body}");
        }
    }
}
