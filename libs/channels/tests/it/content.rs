use channels::{
    Verdict,
    line::{CallError, MessageContent, check_content, messages_json},
};

use crate::app::{App, text};

fn image(original_url: &str, preview_url: &str) -> MessageContent {
    MessageContent::Image {
        original_url: original_url.to_owned(),
        preview_url: preview_url.to_owned(),
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
                error,
                CallError::Refused(Verdict::ContentRefused {
                    code: "content_invalid",
                    ..
                })
            ),
            "{json}: {error:?}"
        );
        check_content(&messages).unwrap_err();
    }
}
