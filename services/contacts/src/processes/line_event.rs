use chrono::DateTime;
use contacts_domain::ExternalId;
use events::common::Channel;
use serde::Deserialize;

use super::fact::{Fact, FactKind};

/// Reads an event of a webhook. `None`: it says nothing of a contact, or not of which.
///
/// LINE adds fields and kinds of events at any time, and leaves the user out where it may not tell.
pub(crate) fn parse(body: &[u8]) -> Option<Fact> {
    let event: Event = serde_json::from_slice(body).ok()?;
    let source = event.source.filter(|source| source.kind == "user")?;
    let person = ExternalId::parse(Channel::Line, &source.user_id?).ok()?;
    let kind = match event.kind.as_str() {
        "follow" => FactKind::Followed {
            unblocked: event.follow.unwrap_or_default().is_unblocked,
        },
        "unfollow" => FactKind::Blocked,
        "message" => FactKind::Wrote {
            text: event.message.unwrap_or_default().text,
        },
        "postback" => FactKind::Tapped {
            data: event.postback.unwrap_or_default().data,
        },
        _ => return None,
    };
    Some(Fact {
        person,
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
                FactKind::Followed { unblocked: true },
            ),
            (
                r#""type":"follow""#,
                FactKind::Followed { unblocked: false },
            ),
            (r#""type":"unfollow""#, FactKind::Blocked),
            (
                r#""type":"message","message":{"type":"text","text":"hello"}"#,
                FactKind::Wrote {
                    text: "hello".to_owned(),
                },
            ),
            (
                r#""type":"message","message":{"type":"sticker","stickerId":"1"}"#,
                FactKind::Wrote {
                    text: String::new(),
                },
            ),
            (
                r#""type":"postback","postback":{"data":"a=1","params":{}}"#,
                FactKind::Tapped {
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
