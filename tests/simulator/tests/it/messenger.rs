use std::collections::HashMap;

use serde_json::{Value, json};
use simulator::{
    GraphFault, GraphFaultKind, Injected, PageEvent, PagePlan, PageSettings, PersonState, RateLimit,
};

use crate::{
    app::answer,
    graph::{Meta, PAGE, PROOF, all_signed, bodies, code, listen, page, update},
};

#[tokio::test]
async fn a_text_is_accepted_with_the_right_proof_alone() {
    let meta = Meta::start().await;
    let settings = PageSettings {
        require_proof: true,
        ..page()
    };
    meta.control.set_page(PAGE, &settings).await.unwrap();
    let body = update(json!({ "text": "hi", "metadata": "campaign-1/7" }));
    assert_eq!(code(&answer(meta.messenger(&body)).await).0, 100);
    let proven = format!("me/messages?access_token=PAGE_TOKEN&appsecret_proof={PROOF}");
    let sent = answer(meta.post(&proven, &body)).await;
    assert_eq!(sent.body["recipient_id"], "1254", "{sent:?}");
    let got = meta.control.page_deliveries(PAGE).await.unwrap();
    assert_eq!(sent.body["message_id"], json!(got[0].id));
    assert_eq!(got[0].correlation.as_deref(), Some("campaign-1/7"));
}

#[tokio::test]
async fn every_limit_is_kept() {
    let meta = Meta::start().await;
    let generic = |elements: Value| {
        json!({ "attachment": { "type": "template",
        "payload": { "template_type": "generic", "elements": elements } } })
    };
    let card = json!({ "title": "T", "subtitle": "S" });
    let reply = json!({ "content_type": "text", "title": "Yes", "payload": "y" });
    let cases: Vec<(Value, bool)> = vec![
        (json!({ "text": "a".repeat(2_000) }), true),
        (json!({ "text": "a".repeat(2_001) }), false),
        (
            json!({ "text": "hi", "metadata": "a".repeat(1_001) }),
            false,
        ),
        (json!({ "text": "hi", "attachment": {} }), false),
        (json!({ "words": "hi" }), false),
        (json!({}), false),
        (
            json!({ "text": "hi", "quick_replies": vec![reply.clone(); 13] }),
            true,
        ),
        (
            json!({ "text": "hi", "quick_replies": vec![reply; 14] }),
            false,
        ),
        (generic(json!(vec![card.clone(); 10])), true),
        (generic(json!(vec![card; 11])), false),
        (generic(json!([{ "title": "T" }])), false),
        (
            generic(json!([{ "title": "a".repeat(81), "subtitle": "S" }])),
            false,
        ),
        (
            generic(
                json!([{ "title": "T", "buttons": [{ "type": "web_url", "title": "Go", "url": "nowhere" }] }]),
            ),
            false,
        ),
        (
            json!({ "attachment": { "type": "image", "payload": { "attachment_id": "4711" } } }),
            false,
        ),
    ];
    for (message, fine) in cases {
        let answered = answer(meta.messenger(&update(message.clone()))).await;
        assert_eq!(answered.status == 200, fine, "{message} {answered:?}");
        if !fine {
            assert_eq!(code(&answered).0, 100);
        }
    }
}

#[tokio::test]
async fn an_attachment_is_uploaded_once_and_lives_ninety_days() {
    let meta = Meta::start().await;
    let path = format!("{PAGE}/message_attachments?access_token=PAGE_TOKEN");
    let payload = json!({ "url": "https://shop.example/a.jpg", "is_reusable": true });
    let body = json!({ "message": { "attachment": { "type": "image", "payload": payload } } });
    let uploaded = answer(meta.post(&path, &body)).await;
    let id = uploaded.body["attachment_id"].as_str().unwrap();
    let image =
        update(json!({ "attachment": { "type": "image", "payload": { "attachment_id": id } } }));
    assert_eq!(answer(meta.messenger(&image)).await.status, 200);
    let days = std::time::Duration::from_hours(91 * 24);
    meta.control.advance_clock(days).await.unwrap();
    assert_eq!(
        code(&answer(meta.messenger(&image)).await),
        (100, Some(2_018_074))
    );
}

#[tokio::test]
async fn windows_tags_and_utility_templates_are_told_apart() {
    let meta = Meta::start().await;
    let (url, _, _server) = listen().await;
    let closed = PageSettings {
        everyone_in_window: false,
        webhook_url: Some(url),
        ..page()
    };
    meta.control.set_page(PAGE, &closed).await.unwrap();
    let text = update(json!({ "text": "hi" }));
    assert_eq!(
        code(&answer(meta.messenger(&text)).await),
        (10, Some(2_018_278))
    );
    let mut tagged = text.clone();
    tagged["messaging_type"] = json!("MESSAGE_TAG");
    tagged["tag"] = json!("CONFIRMED_EVENT_UPDATE");
    assert_eq!(code(&answer(meta.messenger(&tagged)).await), (100, None));
    let early = PageSettings {
        message_tags_until_ms: u64::MAX,
        ..closed
    };
    meta.control.set_page(PAGE, &early).await.unwrap();
    assert_eq!(answer(meta.messenger(&tagged)).await.status, 200);

    let utility = |parameters: Value| {
        json!({ "recipient": { "id": "1254" }, "messaging_type": "UTILITY",
        "message": { "template": { "name": "order", "language": { "code": "en_US" },
            "components": [{ "type": "body", "parameters": parameters }] } } })
    };
    let number = json!([{ "type": "text", "text": "17" }]);
    assert_eq!(answer(meta.messenger(&utility(number))).await.status, 200);
    assert_eq!(
        code(&answer(meta.messenger(&utility(json!([])))).await).0,
        100
    );

    let wrote = PageEvent::Text {
        from: "1254".to_owned(),
        text: "hi".to_owned(),
        quick_reply: None,
    };
    let plan = PagePlan {
        events: vec![wrote],
        ..PagePlan::default()
    };
    meta.control.page_webhooks(PAGE, &plan).await.unwrap();
    assert_eq!(answer(meta.messenger(&text)).await.status, 200);
}

#[tokio::test]
async fn people_who_cannot_be_reached_are_refused_by_code_and_subcode() {
    let meta = Meta::start().await;
    for (state, status, expected) in [
        (PersonState::Nonexistent, 400, (100, Some(2_018_001))),
        (PersonState::Unavailable, 400, (551, Some(1_545_041))),
        (PersonState::Blocked, 403, (200, Some(1_545_041))),
    ] {
        let states = HashMap::from([("1254".to_owned(), state)]);
        meta.control.set_people(PAGE, &states).await.unwrap();
        let refused = answer(meta.messenger(&update(json!({ "text": "hi" })))).await;
        assert_eq!((refused.status, code(&refused)), (status, expected));
    }
}

#[tokio::test]
async fn any_error_can_be_had_and_the_usage_goes_with_it() {
    let meta = Meta::start().await;
    let text = update(json!({ "text": "hi" }));
    let injected = Injected {
        code: 80_006,
        regain_minutes: Some(7),
        ..Injected::default()
    };
    meta.fault(GraphFault::new(GraphFaultKind::Refuse(injected)).times(1))
        .await;
    let refused = answer(meta.messenger(&text)).await;
    let usage: Value =
        serde_json::from_str(refused.header("x-business-use-case-usage").unwrap()).unwrap();
    assert_eq!(usage[PAGE][0]["estimated_time_to_regain_access"], 7);
    let sent_anyway = Injected {
        code: 1,
        subcode: Some(1_357_046),
        ..Injected::default()
    };
    meta.fault(GraphFault::new(GraphFaultKind::RefuseAfterAccept(sent_anyway)).times(1))
        .await;
    assert_eq!(
        code(&answer(meta.messenger(&text)).await),
        (1, Some(1_357_046))
    );
    assert_eq!(meta.control.page_totals(PAGE).await.unwrap().accepted, 1);
    let slow = RateLimit {
        per_second: 0.000_1,
        capacity: 1.0,
    };
    meta.control
        .set_page(
            PAGE,
            &PageSettings {
                rate: slow,
                ..page()
            },
        )
        .await
        .unwrap();
    answer(meta.messenger(&text)).await;
    assert_eq!(code(&answer(meta.messenger(&text)).await).0, 80_006);
}

#[tokio::test]
async fn echoes_and_watermarks_follow_what_was_sent() {
    let meta = Meta::start().await;
    let (url, heard, _server) = listen().await;
    let settings = PageSettings {
        webhook_url: Some(url),
        ..page()
    };
    meta.control.set_page(PAGE, &settings).await.unwrap();
    let body = update(json!({ "text": "grüße", "metadata": "campaign-1/7" }));
    let sent = answer(meta.messenger(&body)).await;
    let plan = PagePlan {
        read_probability: 1.0,
        ..PagePlan::default()
    };
    meta.control.page_webhooks(PAGE, &plan).await.unwrap();
    assert!(all_signed(&heard));
    assert!(
        heard
            .lock()
            .unwrap()
            .iter()
            .all(|(_, body)| body.is_ascii())
    );
    let events: Vec<Value> = bodies(&heard)
        .iter()
        .map(|body| body["entry"][0]["messaging"][0].clone())
        .collect();
    let [echo, delivery, read] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(echo["message"]["metadata"], "campaign-1/7");
    assert_eq!(echo["message"]["mid"], sent.body["message_id"]);
    assert_eq!(delivery["delivery"]["mids"][0], sent.body["message_id"]);
    assert!(delivery["delivery"]["watermark"].as_u64() > echo["timestamp"].as_u64());
    assert!(read["read"]["watermark"].as_u64() >= echo["timestamp"].as_u64());
}

#[tokio::test]
async fn a_batch_is_answered_in_order_each_for_itself() {
    let meta = Meta::start().await;
    let send =
        |text: &str| json!({ "method": "POST", "relative_url": "me/messages", "body": text });
    let good = "messaging_type=UPDATE&recipient=%7B%22id%22%3A%221%22%7D&message=%7B%22text%22%3A%22a%22%7D";
    let bad = "messaging_type=UPDATE&recipient=%7B%22id%22%3A%221%22%7D";
    let body = json!({ "access_token": "PAGE_TOKEN", "include_headers": true, "batch": [send(good), send(bad)] });
    let answered = answer(meta.post("", &body)).await;
    assert_eq!(answered.body[0]["code"], 200, "{answered:?}");
    assert_eq!(answered.body[1]["code"], 400);
    let many = json!({ "access_token": "PAGE_TOKEN", "batch": vec![send(good); 51] });
    assert_eq!(code(&answer(meta.post("", &many)).await).0, 100);
}
