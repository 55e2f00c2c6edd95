use reqwest::Url;
use serde::Serialize;

const MESSAGES_MAX: usize = 5;
const TEXT_UNITS_MAX: usize = 5_000;
const URL_CHARS_MAX: usize = 2_000;

/// One message, before it is LINE's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageContent {
    Text {
        text: String,
    },
    Image {
        original_url: String,
        preview_url: String,
    },
}

/// Everything that is wrong with some messages; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", joined(.0))]
pub struct ContentErrors(pub Vec<ContentError>);

/// One field that LINE would refuse, by LINE's name for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    #[error("messages must be 1 to {MESSAGES_MAX}, not {count}")]
    Count { count: usize },
    #[error("{field} is empty")]
    Empty { field: String },
    #[error("{field} has {length} UTF-16 units, more than {max}")]
    TextTooLong {
        field: String,
        length: usize,
        max: usize,
    },
    #[error("{field} has {length} characters, more than {max}")]
    UrlTooLong {
        field: String,
        length: usize,
        max: usize,
    },
    #[error("{field} is not an https address in ASCII: {value}")]
    NotHttps { field: String, value: String },
}

/// Whether LINE will take these messages, as far as its documents say.
pub fn check_content(messages: &[MessageContent]) -> Result<(), ContentErrors> {
    let mut errors = Vec::new();
    if !(1..=MESSAGES_MAX).contains(&messages.len()) {
        let count = messages.len();
        errors.push(ContentError::Count { count });
    }
    for (index, message) in messages.iter().enumerate() {
        let field = |name| format!("messages[{index}].{name}");
        match message {
            MessageContent::Text { text } => errors.extend(wrong_text(field("text"), text)),
            MessageContent::Image {
                original_url,
                preview_url,
            } => {
                errors.extend(wrong_url(field("originalContentUrl"), original_url));
                errors.extend(wrong_url(field("previewImageUrl"), preview_url));
            }
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(ContentErrors(errors))
}

/// The `messages` array of a request. The same messages always make the same text.
pub fn messages_json(messages: &[MessageContent]) -> Result<String, ContentErrors> {
    check_content(messages)?;
    let rendered: Vec<String> = messages.iter().map(render).collect();
    Ok(format!("[{}]", rendered.join(",")))
}

#[derive(Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum LineMessage<'a> {
    Text {
        text: &'a str,
    },
    Image {
        original_content_url: &'a str,
        preview_image_url: &'a str,
    },
}

fn render(message: &MessageContent) -> String {
    let message = match message {
        MessageContent::Text { text } => LineMessage::Text { text },
        MessageContent::Image {
            original_url,
            preview_url,
        } => LineMessage::Image {
            original_content_url: original_url,
            preview_image_url: preview_url,
        },
    };
    // A struct of strings always serializes.
    serde_json::to_string(&message).unwrap_or_default()
}

fn wrong_text(field: String, text: &str) -> Option<ContentError> {
    let length = text.encode_utf16().count();
    match length {
        0 => Some(ContentError::Empty { field }),
        1..=TEXT_UNITS_MAX => None,
        _ => Some(ContentError::TextTooLong {
            field,
            length,
            max: TEXT_UNITS_MAX,
        }),
    }
}

fn wrong_url(field: String, url: &str) -> Option<ContentError> {
    let length = url.chars().count();
    match length {
        0 => Some(ContentError::Empty { field }),
        1..=URL_CHARS_MAX if is_https(url) => None,
        1..=URL_CHARS_MAX => Some(ContentError::NotHttps {
            field,
            value: url.to_owned(),
        }),
        _ => Some(ContentError::UrlTooLong {
            field,
            length,
            max: URL_CHARS_MAX,
        }),
    }
}

/// Everything else has to be percent-encoded by whoever made the address.
fn is_https(url: &str) -> bool {
    url.starts_with("https://")
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && Url::parse(url).is_ok()
}

fn joined(errors: &[ContentError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> MessageContent {
        MessageContent::Text {
            text: text.to_owned(),
        }
    }

    fn image(original_url: &str) -> MessageContent {
        MessageContent::Image {
            original_url: original_url.to_owned(),
            preview_url: "https://example.com/p.png".to_owned(),
        }
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
}
