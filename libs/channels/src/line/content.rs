use serde_json::{Map, Value, json};

use super::cards::{Card, check_card, check_carousel, render_card, render_carousel};
use crate::limits::{Checks, ContentErrors, Unit};

const MESSAGES_MAX: usize = 5;
const TEXT_UNITS_MAX: usize = 5_000;
const URL_CHARS_MAX: usize = 2_000;
const QUICK_REPLIES_MAX: usize = 13;
pub(super) const LABEL_MAX: usize = 20;
pub(super) const POSTBACK_UNITS_MAX: usize = 300;

/// One bubble, before it is LINE's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub content: MessageContent,
    /// People see those of the last message only, and until the next one comes.
    pub quick_replies: Vec<QuickReply>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageContent {
    Text {
        text: String,
    },
    Image {
        original_url: String,
        preview_url: String,
    },
    Card(Card),
    /// Cards side by side.
    Carousel(Vec<Card>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    pub label: String,
    /// What comes back when it is tapped.
    pub data: String,
}

impl From<MessageContent> for Message {
    fn from(content: MessageContent) -> Self {
        Self {
            content,
            quick_replies: Vec::new(),
        }
    }
}

/// Whether LINE will take these messages, as far as its documents say.
pub fn check_content(messages: &[Message]) -> Result<(), ContentErrors> {
    let mut checks = Checks::default();
    checks.count("messages", messages.len(), 1, MESSAGES_MAX);
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages[{index}]");
        match &message.content {
            MessageContent::Text { text } => {
                checks.text_in(Unit::Utf16, &format!("{at}.text"), text, TEXT_UNITS_MAX);
            }
            MessageContent::Image {
                original_url,
                preview_url,
            } => {
                check_url(
                    &mut checks,
                    &format!("{at}.originalContentUrl"),
                    original_url,
                );
                check_url(&mut checks, &format!("{at}.previewImageUrl"), preview_url);
            }
            MessageContent::Card(card) => check_card(&mut checks, &format!("{at}.template"), card),
            MessageContent::Carousel(cards) => {
                check_carousel(&mut checks, &format!("{at}.template"), cards);
            }
        }
        check_quick_replies(&mut checks, &format!("{at}.quickReply.items"), message);
    }
    checks.done()
}

pub(super) fn check_url(checks: &mut Checks, field: &str, url: &str) {
    checks.at_most(field, url, URL_CHARS_MAX);
    if url.chars().count() <= URL_CHARS_MAX {
        checks.https(field, url);
    }
}

fn check_quick_replies(checks: &mut Checks, at: &str, message: &Message) {
    let replies = &message.quick_replies;
    checks.count(at, replies.len(), 0, QUICK_REPLIES_MAX);
    for (index, reply) in replies.iter().enumerate() {
        let field = |name| format!("{at}[{index}].action.{name}");
        checks.text_in(Unit::Graphemes, &field("label"), &reply.label, LABEL_MAX);
        checks.text_in(Unit::Utf16, &field("data"), &reply.data, POSTBACK_UNITS_MAX);
    }
}

/// The `messages` array of a request. The same messages always make the same text.
pub fn messages_json(messages: &[Message]) -> Result<String, ContentErrors> {
    check_content(messages)?;
    let rendered: Vec<String> = messages.iter().map(render).collect();
    Ok(format!("[{}]", rendered.join(",")))
}

/// The type comes first, for people who read it.
fn render(message: &Message) -> String {
    let (kind, mut fields) = match &message.content {
        MessageContent::Text { text } => ("text", fields(json!({"text": text}))),
        MessageContent::Image {
            original_url,
            preview_url,
        } => (
            "image",
            fields(json!({"originalContentUrl": original_url, "previewImageUrl": preview_url})),
        ),
        MessageContent::Card(card) => ("template", fields(render_card(card))),
        MessageContent::Carousel(cards) => ("template", fields(render_carousel(cards))),
    };
    if !message.quick_replies.is_empty() {
        let items = message.quick_replies.iter().map(|reply| {
            let action = json!({
                "type": "postback", "label": reply.label, "data": reply.data,
                "displayText": reply.label,
            });
            json!({"type": "action", "action": action})
        });
        let items: Vec<Value> = items.collect();
        fields.insert("quickReply".to_owned(), json!({"items": items}));
    }
    let rest = Value::Object(fields).to_string();
    let rest = rest.strip_prefix('{').unwrap_or_default();
    format!(r#"{{"type":"{kind}",{rest}"#)
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Message {
        let text = text.to_owned();
        MessageContent::Text { text }.into()
    }

    fn image(original_url: &str) -> Message {
        let content = MessageContent::Image {
            original_url: original_url.to_owned(),
            preview_url: "https://example.com/p.png".to_owned(),
        };
        content.into()
    }

    #[test]
    fn messages_are_rendered_in_lines_form() {
        let json = messages_json(&[text("嗨 \"you\"\n"), image("https://example.com/o.png")]);
        assert_eq!(
            json.unwrap(),
            concat!(
                r#"[{"type":"text","text":"嗨 \"you\"\n"},"#,
                r#"{"type":"image","originalContentUrl":"https://example.com/o.png","#,
                r#""previewImageUrl":"https://example.com/p.png"}]"#
            )
        );
    }

    #[test]
    fn length_is_counted_as_line_counts_it() {
        assert_eq!(check_content(&[text(&"字".repeat(5_000))]), Ok(()));
        assert_eq!(check_content(&[text(&"😀".repeat(2_500))]), Ok(()));
        let error = check_content(&[text("ok"), text(&"😀".repeat(2_501))]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "messages[1].text has 5002 UTF-16 units, more than 5000"
        );
    }

    #[test]
    fn each_wrong_field_is_named_with_its_limit_and_value() {
        let long = format!("https://example.com/{}", "a".repeat(1_981));
        for (messages, told) in [
            (vec![], "messages must be 1 to 5, not 0"),
            (vec![text("x"); 6], "messages must be 1 to 5, not 6"),
            (vec![text("")], "messages[0].text is empty"),
            (
                vec![image("http://example.com/o.png")],
                "messages[0].originalContentUrl is not an https address in ASCII: http://example.com/o.png",
            ),
            (
                vec![image("https://example.com/圖.png")],
                "messages[0].originalContentUrl is not an https address in ASCII: https://example.com/圖.png",
            ),
            (
                vec![image(&long)],
                "messages[0].originalContentUrl has 2001 characters, more than 2000",
            ),
            (
                vec![text(""), image("")],
                "messages[0].text is empty; messages[1].originalContentUrl is empty",
            ),
        ] {
            assert_eq!(check_content(&messages).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn quick_replies_come_back_and_show_what_was_tapped() {
        let reply = |label: &str, data: &str| QuickReply {
            label: label.to_owned(),
            data: data.to_owned(),
        };
        let message = Message {
            quick_replies: vec![reply("好", "yes")],
            ..text("come?")
        };
        let json: Value = serde_json::from_str(&messages_json(&[message]).unwrap()).unwrap();
        let action = json!({"type": "postback", "label": "好", "data": "yes", "displayText": "好"});
        assert_eq!(
            json[0],
            json!({
                "type": "text", "text": "come?",
                "quickReply": {"items": [{"type": "action", "action": action}]},
            })
        );
        let wrong = Message {
            quick_replies: vec![reply(&"好".repeat(21), ""); 14],
            ..text("come?")
        };
        let told = check_content(&[wrong]).unwrap_err().to_string();
        for part in [
            "messages[0].quickReply.items must be 0 to 13, not 14",
            "messages[0].quickReply.items[0].action.label has 21 grapheme clusters, more than 20",
            "messages[0].quickReply.items[0].action.data is empty",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}
