use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};
use simulator::{
    ConsumerState, GraphFault, GraphFaultKind, Held, Injected, Order, PhoneEvent, PhonePlan,
    PhoneSettings, PostPlan, RateLimit,
};

use crate::{
    app::answer,
    graph::{Meta, PERSON, PHONE, all_signed, bodies, code, hello, listen, phone, template_to},
};

#[tokio::test]
async fn a_template_is_accepted_and_kept_for_whom_it_was() {
    let meta = Meta::start().await;
    let accepted = meta.template("hello", hello()).await;
    assert_eq!(accepted.status, 200, "{accepted:?}");
    assert_eq!(accepted.body["contacts"][0]["wa_id"], PERSON);
    assert_eq!(accepted.body["messages"][0]["message_status"], "accepted");
    assert!(accepted.header("x-business-use-case-usage").is_some());
    let got = meta.control.phone_deliveries(PHONE).await.unwrap();
    assert_eq!(got[0].correlation.as_deref(), Some("campaign-1/7"));
    assert_eq!(accepted.body["messages"][0]["id"], json!(got[0].id));
}

#[tokio::test]
async fn a_stranger_and_a_wrong_proof_are_told_nothing() {
    let meta = Meta::start().await;
    let body = template_to(PERSON, "hello", hello());
    let path = format!("{PHONE}/messages");
    let stranger = answer(meta.post(&path, &body).bearer_auth("other")).await;
    assert_eq!((stranger.status, code(&stranger).0), (401, 190));
    let wrong = format!("{path}?appsecret_proof=00");
    let wrong = answer(meta.post(&wrong, &body).bearer_auth("PHONE_TOKEN")).await;
    assert_eq!((wrong.status, code(&wrong).0), (400, 100));
    let settings = PhoneSettings {
        require_proof: true,
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    let without = answer(meta.whatsapp(&body)).await;
    assert_eq!(code(&without).0, 100);
    assert!(
        without.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("appsecret_proof")
    );
}

#[tokio::test]
async fn parameters_must_fit_the_template() {
    let meta = Meta::start().await;
    let body =
        |name: &str, text: &str| json!({ "type": "text", "parameter_name": name, "text": text });
    let header = json!({ "type": "HEADER", "parameters": [
        { "type": "image", "image": { "link": "https://shop.example/a.jpg" } }] });
    let words = |a: Value, b: Value| json!({ "type": "BODY", "parameters": [a, b] });
    let good = words(body("name", "Mei"), body("shop", "Us"));
    let url = |index: Value| {
        json!({ "type": "button", "sub_type": "URL", "index": index,
        "parameters": [{ "type": "text", "text": "x" }] })
    };
    let cases = [
        (json!([header, good, url(json!("0"))]), None),
        (json!([header, good, url(json!(0))]), None),
        (json!([good, url(json!("0"))]), Some(132_000)),
        (json!([header, url(json!("0"))]), Some(132_000)),
        (json!([header, good]), Some(131_008)),
        (json!([header, good, url(json!("1"))]), Some(132_012)),
        (
            json!([
                header,
                words(body("name", "a"), body("who", "b")),
                url(json!("0"))
            ]),
            Some(132_012),
        ),
        (
            json!([
                header,
                words(body("name", "a\nb"), body("shop", "b")),
                url(json!("0"))
            ]),
            Some(132_018),
        ),
        (
            json!([
                header,
                words(body("name", &"a".repeat(1_024)), body("shop", "b")),
                url(json!("0"))
            ]),
            Some(132_005),
        ),
    ];
    for (components, expected) in cases {
        let answered = meta.template("rich", components.clone()).await;
        match expected {
            None => assert_eq!(answered.status, 200, "{components} {answered:?}"),
            Some(expected) => {
                assert_eq!(code(&answered).0, expected, "{components} {answered:?}");
                assert!(answered.body["error"]["error_data"]["details"].is_string());
            }
        }
    }
    assert_eq!(code(&meta.template("paused", json!([])).await).0, 132_015);
    let missing = meta.template("nobody", json!([])).await;
    assert_eq!((missing.status, code(&missing).0), (404, 132_001));
}

#[tokio::test]
async fn free_text_needs_an_open_window_and_a_plus_matters() {
    let meta = Meta::start().await;
    let settings = PhoneSettings {
        refuse_at_once: true,
        webhook_url: None,
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    let text = |to: &str| json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": "hi" } });
    let outside = answer(meta.whatsapp(&text("+886912345678"))).await;
    assert_eq!(code(&outside).0, 131_047);
    let (url, _, _server) = listen().await;
    let settings = PhoneSettings {
        webhook_url: Some(url),
        ..settings
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    let wrote = PhoneEvent::Text {
        from: PERSON.to_owned(),
        body: "hi".to_owned(),
    };
    let plan = PhonePlan {
        events: vec![wrote],
        ..PhonePlan::default()
    };
    meta.control.phone_webhooks(PHONE, &plan).await.unwrap();
    assert_eq!(
        answer(meta.whatsapp(&text("+886912345678"))).await.status,
        200
    );
    meta.control
        .advance_clock(Duration::from_secs(86_401))
        .await
        .unwrap();
    assert_eq!(
        code(&answer(meta.whatsapp(&text("+886912345678"))).await).0,
        131_047
    );
    let mut plain = template_to(PERSON, "hello", hello());
    plain["to"] = json!("9123456");
    let plain = answer(meta.whatsapp(&plain)).await;
    assert_eq!(plain.body["contacts"][0]["wa_id"], "19123456", "{plain:?}");
}

#[tokio::test]
async fn rates_are_kept_by_number_and_by_pair() {
    let meta = Meta::start().await;
    let slow = RateLimit {
        per_second: 0.000_1,
        capacity: 2.0,
    };
    let settings = PhoneSettings {
        pair_rate: slow,
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    meta.template("hello", hello()).await;
    meta.template("hello", hello()).await;
    assert_eq!(code(&meta.template("hello", hello()).await).0, 131_056);
    let other = template_to("886900000000", "hello", hello());
    assert_eq!(answer(meta.whatsapp(&other)).await.status, 200);
    let settings = PhoneSettings {
        rate: RateLimit {
            capacity: 1.0,
            ..slow
        },
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    answer(meta.whatsapp(&other)).await;
    let refused = answer(meta.whatsapp(&other)).await;
    assert_eq!(code(&refused).0, 130_429);
    assert!(
        refused
            .header("x-business-use-case-usage")
            .unwrap()
            .contains("regain_access\":1")
    );
}

#[tokio::test]
async fn what_cannot_arrive_is_accepted_and_fails_later() {
    let meta = Meta::start().await;
    let (url, heard, _server) = listen().await;
    let settings = PhoneSettings {
        webhook_url: Some(url),
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    let fates = [
        (
            "886900000001",
            Some(ConsumerState::NotOnWhatsapp),
            Some(131_026),
        ),
        (
            "886900000002",
            Some(ConsumerState::StoppedMarketing),
            Some(131_050),
        ),
        ("886900000003", Some(ConsumerState::Capped), Some(131_049)),
        (
            "886900000004",
            Some(ConsumerState::InExperiment),
            Some(130_472),
        ),
        ("16505551234", None, Some(131_049)),
        ("886900000005", None, None),
    ];
    for (person, state, _) in fates {
        let states = state.map(|state| (person.to_owned(), state)).into_iter();
        meta.control
            .set_consumers(PHONE, &states.collect())
            .await
            .unwrap();
        let sent = answer(meta.whatsapp(&template_to(person, "hello", hello()))).await;
        assert_eq!(sent.status, 200);
    }
    let plan = PhonePlan {
        read_probability: 1.0,
        ..PhonePlan::default()
    };
    meta.control.phone_webhooks(PHONE, &plan).await.unwrap();
    assert!(all_signed(&heard));
    let mut told: HashMap<String, Vec<(String, Option<u64>)>> = HashMap::new();
    for body in bodies(&heard) {
        let status = &body["entry"][0]["changes"][0]["value"]["statuses"][0];
        assert_eq!(status["biz_opaque_callback_data"], "campaign-1/7");
        let entry = told.entry(status["recipient_id"].as_str().unwrap().to_owned());
        let said = (
            status["status"].as_str().unwrap().to_owned(),
            status["errors"][0]["code"].as_u64(),
        );
        entry.or_default().push(said);
    }
    for (person, _, failure) in fates {
        let said = &told[person];
        match failure {
            Some(code) => assert_eq!(*said, [("failed".to_owned(), Some(code))], "{person}"),
            None => assert_eq!(said.len(), 3, "{said:?}"),
        }
    }
}

#[tokio::test]
async fn pacing_holds_and_then_drops() {
    let meta = Meta::start().await;
    let (url, heard, _server) = listen().await;
    let settings = PhoneSettings {
        webhook_url: Some(url),
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    let send = |to| answer(meta.whatsapp(&template_to(to, "paced", json!([]))));
    assert_eq!(
        send(PERSON).await.body["messages"][0]["message_status"],
        "accepted"
    );
    let second = template_to("886900000009", "paced", json!([]));
    let second = answer(meta.whatsapp(&second)).await;
    assert_eq!(
        second.body["messages"][0]["message_status"],
        "held_for_quality_assessment"
    );
    assert_eq!(meta.control.phone_totals(PHONE).await.unwrap().held, 1);
    meta.control
        .phone_webhooks(PHONE, &PhonePlan::default())
        .await
        .unwrap();
    let before = bodies(&heard).len();
    let plan = PhonePlan {
        held: Held::Drop,
        ..PhonePlan::default()
    };
    meta.control.phone_webhooks(PHONE, &plan).await.unwrap();
    let dropped = &bodies(&heard)[before..];
    let status = &dropped[0]["entry"][0]["changes"][0]["value"]["statuses"][0];
    assert_eq!(
        (dropped.len(), status["errors"][0]["code"].as_u64()),
        (1, Some(132_015))
    );
}

#[tokio::test]
async fn statuses_come_twice_shuffled_and_bundled() {
    let meta = Meta::start().await;
    let (url, heard, _server) = listen().await;
    let settings = PhoneSettings {
        webhook_url: Some(url),
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    for _ in 0..5 {
        meta.template("hello", hello()).await;
    }
    let post = PostPlan {
        events_per_post: 4,
        duplicates: 1,
        order: Order::Shuffled,
        seed: 3,
        ..PostPlan::default()
    };
    let plan = PhonePlan {
        read_probability: 1.0,
        post,
        ..PhonePlan::default()
    };
    let posted = meta.control.phone_webhooks(PHONE, &plan).await.unwrap();
    assert_eq!(posted.len(), 8, "15 statuses in posts of four, twice");
    let all: Vec<Value> = bodies(&heard)
        .iter()
        .flat_map(|body| body["entry"][0]["changes"].as_array().unwrap().clone())
        .collect();
    assert_eq!(all.len(), 30);
    let first = &all[0]["value"]["statuses"][0]["status"];
    let orderly = all
        .iter()
        .take(3)
        .map(|change| change["value"]["statuses"][0]["status"].clone());
    assert_ne!(
        orderly.collect::<Vec<_>>(),
        ["sent", "delivered", "read"],
        "{first}"
    );
    let forged = PostPlan {
        forged: true,
        ..PostPlan::default()
    };
    let plan = PhonePlan {
        from_the_start: true,
        post: forged,
        ..PhonePlan::default()
    };
    meta.control.phone_webhooks(PHONE, &plan).await.unwrap();
    assert!(!all_signed(&heard));
}

#[tokio::test]
async fn an_error_may_come_after_the_message_went_out() {
    let meta = Meta::start().await;
    let injected = Injected {
        code: 131_000,
        ..Injected::default()
    };
    meta.fault(GraphFault::new(GraphFaultKind::RefuseAfterAccept(injected)).times(1))
        .await;
    let failed = meta.template("hello", hello()).await;
    assert_eq!((failed.status, code(&failed).0), (500, 131_000));
    assert_eq!(meta.control.phone_totals(PHONE).await.unwrap().accepted, 1);
    meta.fault(GraphFault::new(GraphFaultKind::DropAfterAccept).times(1))
        .await;
    meta.whatsapp(&template_to(PERSON, "hello", hello()))
        .send()
        .await
        .unwrap_err();
    let totals = meta.control.phone_totals(PHONE).await.unwrap();
    assert_eq!(
        (
            totals.accepted,
            totals.dropped,
            totals.max_copies_per_person
        ),
        (2, 1, 2)
    );
    meta.fault(GraphFault::new(GraphFaultKind::BrokenBeforeAccept { status: 502 }).times(1))
        .await;
    let broken = meta
        .whatsapp(&template_to(PERSON, "hello", hello()))
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status(), 502);
    meta.fault(GraphFault::new(GraphFaultKind::SlowBody { delay_ms: 20 }).times(1))
        .await;
    assert_eq!(meta.template("hello", hello()).await.status, 200);
}

#[tokio::test]
async fn the_catalogue_and_the_number_can_be_read() {
    let meta = Meta::start().await;
    let waba = phone().waba_id;
    let get = |path: String| answer(meta.get(&path).bearer_auth("PHONE_TOKEN"));
    let first = get(format!("{waba}/message_templates?limit=3")).await;
    assert_eq!(first.body["data"].as_array().unwrap().len(), 3);
    assert!(first.body["paging"]["next"].is_string());
    let after = first.body["paging"]["cursors"]["after"].as_str().unwrap();
    let last = get(format!("{waba}/message_templates?limit=3&after={after}")).await;
    assert_eq!(last.body["data"][0]["name"], "paced");
    assert!(last.body["paging"]["next"].is_null());
    let number = get(format!("{PHONE}?fields=id,quality_rating,throughput")).await;
    assert_eq!(number.body["throughput"]["level"], "STANDARD");
    assert!(number.body["verified_name"].is_null());
    assert_eq!(code(&get("4711".to_owned()).await), (100, Some(33)));
}
