use channels::line::{
    Button, CallError, Card, Message, MessageContent, QuickReply, check_content, messages_json,
};

use crate::app::{App, text};

fn image(original_url: &str, preview_url: &str) -> Message {
    let content = MessageContent::Image {
        original_url: original_url.to_owned(),
        preview_url: preview_url.to_owned(),
    };
    content.into()
}

/// With a title and a picture, or with neither.
fn card(beside: bool, text: &str, buttons: usize) -> Card {
    let labels = ["看看", "買", "不用了", "再說"];
    let buttons = labels.iter().take(buttons).map(|label| Button::Postback {
        label: (*label).to_owned(),
        data: "a=1".to_owned(),
    });
    Card {
        title: beside.then(|| "春".repeat(40)),
        text: text.to_owned(),
        image_url: beside.then(|| "https://example.com/i.png".to_owned()),
        buttons: buttons.collect(),
    }
}

fn with_replies(count: usize) -> Message {
    let reply = QuickReply {
        label: "👨‍👩‍👧‍👦".repeat(20),
        data: "a".repeat(300),
    };
    Message {
        quick_replies: vec![reply; count],
        ..text("come?")
    }
}

#[tokio::test]
async fn what_passes_here_passes_there() {
    let app = App::start().await;
    let good = "https://example.com/i.png?a=%E5%9C%96";
    let long = format!("https://example.com/{}", "a".repeat(1_980));
    for messages in [
        vec![text("\u{0}\"\\\n😀")],
        vec![text(&"😀".repeat(2_500))],
        vec![image(good, &long)],
        vec![
            text("a"),
            text("b"),
            image(good, good),
            text("c"),
            text("d"),
        ],
        vec![MessageContent::Card(card(true, &"字".repeat(60), 4)).into()],
        vec![MessageContent::Card(card(false, &"字".repeat(160), 1)).into()],
        vec![MessageContent::Carousel(vec![card(true, &"字".repeat(60), 3); 10]).into()],
        vec![MessageContent::Carousel(vec![card(false, &"字".repeat(120), 1)]).into()],
        vec![with_replies(13)],
    ] {
        let json = messages_json(&messages).unwrap();
        app.line.validate_multicast(&json).await.unwrap();
    }
}

#[tokio::test]
async fn what_fails_there_fails_here_first() {
    let app = App::start().await;
    let good = "https://example.com/i.png";
    let long = format!("https://example.com/{}", "a".repeat(1_981));
    for (json, messages) in [
        ("[]", vec![]),
        (r#"[{"type":"text","text":""}]"#, vec![text("")]),
        (
            r#"[{"type":"image","originalContentUrl":"http://example.com/i.png","previewImageUrl":"https://example.com/i.png"}]"#,
            vec![image("http://example.com/i.png", good)],
        ),
        (
            r#"[{"type":"image","originalContentUrl":"https://example.com/圖.png","previewImageUrl":"https://example.com/i.png"}]"#,
            vec![image("https://example.com/圖.png", good)],
        ),
        (
            &format!(
                r#"[{{"type":"image","originalContentUrl":"https://example.com/i.png","previewImageUrl":"{long}"}}]"#
            ),
            vec![image(good, &long)],
        ),
    ] {
        let error = app.line.validate_multicast(json).await.unwrap_err();
        assert!(
            matches!(
                &error,
                CallError::Messages { property: Some(property), .. } if property.starts_with("messages")
            ),
            "{json}: {error:?}"
        );
        check_content(&messages).unwrap_err();
    }
}
