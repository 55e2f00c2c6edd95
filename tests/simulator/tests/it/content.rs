use serde_json::{Value, json};

use crate::app::{Answer, App, answer, text, user};

const IMAGE: &str = "https://example.com/image.png";

fn image(original: &str, preview: &str) -> Value {
    json!({ "type": "image", "originalContentUrl": original, "previewImageUrl": preview })
}

fn detail(answer: &Answer) -> (&str, &str) {
    let detail = &answer.body["details"][0];
    (
        detail["property"].as_str().unwrap_or_default(),
        detail["message"].as_str().unwrap_or_default(),
    )
}

#[tokio::test]
async fn what_is_within_the_limits_is_taken() {
    let app = App::start().await;
    let long_url = format!("https://example.com/{}", "a".repeat(2_000 - 20));
    for messages in [
        json!([text(&"字".repeat(5_000))]),
        json!([text(&"😀".repeat(2_500))]),
        json!([image(&long_url, IMAGE)]),
        json!([
            text("1"),
            text("2"),
            text("3"),
            text("4"),
            image(IMAGE, IMAGE)
        ]),
    ] {
        let answer = app.multicast_messages(messages).await;
        assert_eq!((answer.status, answer.body), (200, json!({})));
    }
}

#[tokio::test]
async fn what_breaks_a_limit_is_named() {
    let app = App::start().await;
    let long_url = format!("https://example.com/{}", "a".repeat(2_001 - 20));
    let six = json!(vec![text("x"); 6]);
    let unknown = json!([{ "type": "poem" }]);
    let known_types = "Must be one of the following values: [text, image, template]";
    let https = "Must be a valid HTTPS URL";
    for (messages, property, message) in [
        (json!([]), "messages", "Size must be between 1 and 5"),
        (six, "messages", "Size must be between 1 and 5"),
        (json!([text("")]), "messages[0].text", "May not be empty"),
        (
            json!([{ "type": "text" }]),
            "messages[0].text",
            "May not be empty",
        ),
        (
            json!([text("x"), text(&"😀".repeat(2_501))]),
            "messages[1].text",
            "Length must be between 0 and 5000",
        ),
        (
            json!([{ "text": "x" }]),
            "messages[0].type",
            "May not be empty",
        ),
        (unknown, "messages[0].type", known_types),
        (
            json!([image("http://example.com/i.png", IMAGE)]),
            "messages[0].originalContentUrl",
            https,
        ),
        (
            json!([image(IMAGE, "https://example.com/圖.png")]),
            "messages[0].previewImageUrl",
            https,
        ),
        (
            json!([image(IMAGE, &long_url)]),
            "messages[0].previewImageUrl",
            "Length must be between 0 and 2000",
        ),
        (
            json!([{ "type": "image", "originalContentUrl": IMAGE }]),
            "messages[0].previewImageUrl",
            "May not be empty",
        ),
    ] {
        let answer = app.multicast_messages(messages).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.message(), "The request body has 1 error(s)");
        assert_eq!(detail(&answer), (property, message));
    }
    assert_eq!(app.totals().await.accepted, 0);
}

#[tokio::test]
async fn what_breaks_a_limit_of_a_template_or_a_quick_reply_is_named() {
    let app = App::start().await;
    let action = json!({ "type": "postback", "label": "tap", "data": "a=1" });
    let of =
        |template: Value| json!([{ "type": "template", "altText": "a", "template": template }]);
    let column =
        |text: &str, actions: usize| json!({ "text": text, "actions": vec![&action; actions] });
    let carousel = |columns: Value| of(json!({ "type": "carousel", "columns": columns }));
    let with_replies = |count: usize| {
        let item = json!({ "type": "action", "action": action });
        json!([{ "type": "text", "text": "x", "quickReply": { "items": vec![item; count] } }])
    };
    let buttons =
        json!({ "type": "buttons", "text": "字".repeat(61), "title": "t", "actions": [action] });
    let uri = json!({ "type": "uri", "label": "go", "uri": "ftp://shop.example" });
    for (messages, property, message) in [
        (
            of(buttons),
            "messages[0].template.text",
            "Length must be between 0 and 60",
        ),
        (
            of(json!({ "type": "buttons", "text": "x", "actions": [uri] })),
            "messages[0].template.actions[0].uri",
            "invalid uri scheme",
        ),
        (
            of(json!({ "type": "buttons", "text": "x", "actions": vec![&action; 5] })),
            "messages[0].template.actions",
            "Size must be between 1 and 4",
        ),
        (
            carousel(json!(vec![column("x", 1); 11])),
            "messages[0].template.columns",
            "Size must be between 1 and 10",
        ),
        (
            carousel(json!([column("x", 1), column("x", 2)])),
            "messages[0].template.columns",
            "The number of actions must be the same in all columns",
        ),
        (
            with_replies(14),
            "messages[0].quickReply.items",
            "Size must be between 1 and 13",
        ),
    ] {
        let answer = app.multicast_messages(messages).await;
        assert_eq!(answer.status, 400);
        assert_eq!(detail(&answer), (property, message));
    }
    let fine = carousel(json!([column("x", 2), column("y", 2)]));
    assert_eq!(app.multicast_messages(fine).await.status, 200);
    assert_eq!(app.multicast_messages(with_replies(13)).await.status, 200);
}

#[tokio::test]
async fn what_is_not_a_known_property_or_of_its_type_is_refused() {
    let app = App::start().await;
    let path = "/v2/bot/message/multicast";
    let to = [user(1)];
    let messages = [text("x")];
    for (body, property) in [
        (json!({ "to": to, "messages": messages, "when": 1 }), "when"),
        (json!({ "to": to, "messages": "x" }), "messages"),
        (json!({ "to": to, "messages": ["x"] }), "messages[0]"),
        (
            json!({ "to": to, "messages": [{ "type": "text", "text": 1 }] }),
            "messages[0].text",
        ),
        (
            json!({ "to": to, "messages": [{ "type": "text", "text": "x", "bold": true }] }),
            "messages[0].bold",
        ),
        (
            json!({ "to": to, "messages": messages, "notificationDisabled": "no" }),
            "notificationDisabled",
        ),
    ] {
        let answer = answer(app.post(path, &body)).await;
        let expected = format!(
            "The property, {property}, in the request body is invalid (line: -, column: -)"
        );
        assert_eq!((answer.status, answer.message()), (400, expected.as_str()));
    }
}

#[tokio::test]
async fn all_errors_are_told_at_once() {
    let app = App::start().await;
    let body = json!({ "messages": [text(""), { "type": "image" }] });
    let answer = answer(app.post("/v2/bot/message/multicast", &body)).await;
    assert_eq!(answer.message(), "The request body has 4 error(s)");
    assert_eq!(answer.body["details"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_unit_is_one_short_name() {
    let app = App::start().await;
    let send = |units: Value| {
        let body = json!({
            "to": [user(1)],
            "messages": [text("x")],
            "customAggregationUnits": units,
        });
        answer(app.post("/v2/bot/message/multicast", &body))
    };
    assert_eq!(send(json!(["spring_sale_1"])).await.status, 200);
    assert_eq!(send(json!([])).await.status, 200);
    for units in [
        json!(["a", "b"]),
        json!(["a-b"]),
        json!([""]),
        json!(["a".repeat(31)]),
        json!([1]),
    ] {
        assert_eq!(send(units.clone()).await.status, 400, "{units}");
    }
    assert_eq!(app.totals().await.units["spring_sale_1"], 1);
}

#[tokio::test]
async fn the_body_must_be_json_and_say_so() {
    let app = App::start().await;
    let broken = app.multicast(&[]).body("{\"to\": [");
    let broken = answer(broken).await;
    assert_eq!(broken.status, 400);
    assert_eq!(
        broken.message(),
        "The request body could not be parsed as JSON (line: 1, column: 8)"
    );

    let url = format!("{}/v2/bot/message/multicast", app.simulator.url());
    let form = reqwest::Client::new()
        .post(url)
        .bearer_auth(crate::app::TOKEN)
        .header("content-type", "text/plain")
        .body("{}");
    let form = answer(form).await;
    assert_eq!(form.status, 415);
    assert_eq!(
        form.message(),
        "The content type, text/plain, is not supported"
    );
}

#[tokio::test]
async fn two_megabytes_are_the_most() {
    let app = App::start().await;
    let body = format!("\"{}\"", "a".repeat(2 * 1024 * 1024));
    let answer = answer(app.multicast(&[]).body(body)).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn validation_looks_at_the_messages_and_sends_nothing() {
    let app = App::start().await;
    for kind in ["push", "multicast"] {
        let path = format!("/v2/bot/message/validate/{kind}");
        let good = answer(app.post(&path, &json!({ "messages": [text("x")] }))).await;
        assert_eq!((good.status, good.body), (200, json!({})));
        let bad = answer(app.post(&path, &json!({ "messages": [text("")] }))).await;
        assert_eq!(detail(&bad), ("messages[0].text", "May not be empty"));
    }
    assert_eq!(app.totals().await.accepted, 0);
}
