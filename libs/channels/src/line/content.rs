use serde_json::{Value, json};

use crate::limits::{Checks, ContentErrors, Unit};

const MESSAGES_MAX: usize = 5;
const TEXT_UNITS_MAX: usize = 5_000;
const URL_CHARS_MAX: usize = 2_000;
const ALT_TEXT_UNITS_MAX: usize = 1_500;
const CARD_TITLE_MAX: usize = 40;
const CARD_TEXT_MAX: usize = 160;
/// Of a card with a title or a picture.
const CARD_TEXT_BESIDE_MAX: usize = 60;
const CARD_BUTTONS_MAX: usize = 4;
const LABEL_MAX: usize = 20;
const URI_CHARS_MAX: usize = 1_000;
const POSTBACK_UNITS_MAX: usize = 300;

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
    Card(Card),
}

/// What LINE calls a buttons template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    pub title: Option<String>,
    pub text: String,
    pub image_url: Option<String>,
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Url { label: String, url: String },
    Postback { label: String, data: String },
}

/// Whether LINE will take these messages, as far as its documents say.
pub fn check_content(messages: &[MessageContent]) -> Result<(), ContentErrors> {
    let mut checks = Checks::default();
    checks.count("messages", messages.len(), 1, MESSAGES_MAX);
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages[{index}]");
        match message {
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
        }
    }
    checks.done()
}

fn check_url(checks: &mut Checks, field: &str, url: &str) {
    checks.at_most(field, url, URL_CHARS_MAX);
    if url.chars().count() <= URL_CHARS_MAX {
        checks.https(field, url);
    }
}

fn check_card(checks: &mut Checks, at: &str, card: &Card) {
    let beside = card.title.is_some() || card.image_url.is_some();
    if let Some(title) = &card.title {
        checks.text_in(
            Unit::Graphemes,
            &format!("{at}.title"),
            title,
            CARD_TITLE_MAX,
        );
    }
    if let Some(url) = &card.image_url {
        check_url(checks, &format!("{at}.thumbnailImageUrl"), url);
    }
    let text_max = if beside {
        CARD_TEXT_BESIDE_MAX
    } else {
        CARD_TEXT_MAX
    };
    checks.text_in(Unit::Graphemes, &format!("{at}.text"), &card.text, text_max);
    checks.count(
        &format!("{at}.actions"),
        card.buttons.len(),
        1,
        CARD_BUTTONS_MAX,
    );
    for (index, button) in card.buttons.iter().enumerate() {
        let at = format!("{at}.actions[{index}]");
        let label = match button {
            Button::Url { label, url } => {
                let field = format!("{at}.uri");
                checks.text(&field, url, URI_CHARS_MAX);
                let known = ["https://", "http://", "line://", "tel:"];
                let known = known.iter().any(|scheme| url.starts_with(scheme));
                checks.require(known, &field, url, "an http, https, line or tel address");
                label
            }
            Button::Postback { label, data } => {
                checks.text_in(Unit::Utf16, &format!("{at}.data"), data, POSTBACK_UNITS_MAX);
                label
            }
        };
        checks.text_in(Unit::Graphemes, &format!("{at}.label"), label, LABEL_MAX);
    }
}

/// The `messages` array of a request. The same messages always make the same text.
pub fn messages_json(messages: &[MessageContent]) -> Result<String, ContentErrors> {
    check_content(messages)?;
    let rendered: Vec<String> = messages.iter().map(render).collect();
    Ok(format!("[{}]", rendered.join(",")))
}

/// The fields are in the order of their names' letters, except a message's type.
fn render(message: &MessageContent) -> String {
    match message {
        MessageContent::Text { text } => {
            let text = Value::from(text.as_str());
            format!(r#"{{"type":"text","text":{text}}}"#)
        }
        MessageContent::Image {
            original_url,
            preview_url,
        } => {
            let original = Value::from(original_url.as_str());
            let preview = Value::from(preview_url.as_str());
            format!(
                r#"{{"type":"image","originalContentUrl":{original},"previewImageUrl":{preview}}}"#
            )
        }
        MessageContent::Card(card) => render_card(card).to_string(),
    }
}

fn render_card(card: &Card) -> Value {
    let actions: Vec<Value> = card.buttons.iter().map(render_button).collect();
    let mut template = json!({"type": "buttons", "text": card.text, "actions": actions});
    if let Some(title) = &card.title {
        template["title"] = json!(title);
    }
    if let Some(url) = &card.image_url {
        template["thumbnailImageUrl"] = json!(url);
    }
    // What notifications and old clients show.
    let alt_text: String = card.title.as_ref().unwrap_or(&card.text).clone();
    let alt_text: String = alt_text.chars().take(ALT_TEXT_UNITS_MAX / 2).collect();
    json!({"type": "template", "altText": alt_text, "template": template})
}

fn render_button(button: &Button) -> Value {
    match button {
        Button::Url { label, url } => json!({"type": "uri", "label": label, "uri": url}),
        Button::Postback { label, data } => {
            json!({"type": "postback", "label": label, "data": data})
        }
    }
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

    #[test]
    fn a_card_is_a_buttons_template_whose_lengths_people_would_count_the_same() {
        let card = Card {
            title: Some("春季新品".to_owned()),
            text: "👨‍👩‍👧‍👦".repeat(60),
            image_url: Some("https://example.com/c.png".to_owned()),
            buttons: vec![
                Button::Url {
                    label: "看看".to_owned(),
                    url: "https://l.example/r/t".to_owned(),
                },
                Button::Postback {
                    label: "不用了".to_owned(),
                    data: "no".to_owned(),
                },
            ],
        };
        let json = messages_json(&[MessageContent::Card(card.clone())]).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json[0]["altText"], "春季新品");
        let template = &json[0]["template"];
        assert_eq!(
            (&template["type"], &template["title"]),
            (&json!("buttons"), &json!("春季新品"))
        );
        assert_eq!(
            template["actions"],
            json!([
                {"type": "uri", "label": "看看", "uri": "https://l.example/r/t"},
                {"type": "postback", "label": "不用了", "data": "no"},
            ])
        );
        let wrong = Card {
            title: Some("字".repeat(41)),
            text: "字".repeat(61),
            image_url: None,
            buttons: vec![Button::Url {
                label: String::new(),
                url: "javascript:alert(1)".to_owned(),
            }],
        };
        let told = check_content(&[MessageContent::Card(wrong)])
            .unwrap_err()
            .to_string();
        for part in [
            "messages[0].template.title has 41 grapheme clusters, more than 40",
            "messages[0].template.text has 61 grapheme clusters, more than 60",
            "messages[0].template.actions[0].label is empty",
            "not an http, https, line or tel address",
        ] {
            assert!(told.contains(part), "{told}");
        }
        let none = Card {
            text: "a".to_owned(),
            ..Card::default()
        };
        let told = check_content(&[MessageContent::Card(none)]).unwrap_err();
        assert_eq!(
            told.to_string(),
            "messages[0].template.actions must be 1 to 4, not 0"
        );
    }
}
