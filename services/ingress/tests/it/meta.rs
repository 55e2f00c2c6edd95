//! Webhooks of Messenger and WhatsApp, posted by the doubles.

use std::fmt::Write as _;

use events::{
    IngressLogEvent,
    common::ProgressKind,
    ingested::{MessageProgressed, PersonEvent, person_event::Kind},
};
use prost::Message as _;
use reqwest::StatusCode;
use serde_json::json;
use simulator::{
    Control, Options, Order, PageEvent, PagePlan, PageSettings, PhoneEvent, PhonePlan,
    PhoneSettings, PostPlan, Simulator,
};

use crate::app::{App, CHANNEL_SECRET, PAGE, PAGE_ACCOUNT, PHONE, PHONE_ACCOUNT, VERIFY_TOKEN};

const PSID: &str = "7059641211830";
const NUMBER: &str = "886912345678";

struct Meta {
    app: App,
    control: Control,
    _simulator: Simulator,
}

impl Meta {
    async fn start() -> Self {
        let app = App::start().await;
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let control = Control::new(&simulator.url()).unwrap();
        let meta = Self {
            app,
            control,
            _simulator: simulator,
        };
        meta.set_page(CHANNEL_SECRET, VERIFY_TOKEN).await;
        meta.set_phone(CHANNEL_SECRET, VERIFY_TOKEN).await;
        meta
    }

    async fn set_page(&self, app_secret: &str, verify_token: &str) {
        let path = format!("/v1/webhooks/messenger/{PAGE_ACCOUNT}");
        let settings = PageSettings {
            app_secret: app_secret.to_owned(),
            verify_token: verify_token.to_owned(),
            webhook_url: Some(self.app.url(&path)),
            ..PageSettings::default()
        };
        self.control.set_page(PAGE, &settings).await.unwrap();
    }

    async fn set_phone(&self, app_secret: &str, verify_token: &str) {
        let path = format!("/v1/webhooks/whatsapp/{PHONE_ACCOUNT}");
        let settings = PhoneSettings {
            app_secret: app_secret.to_owned(),
            verify_token: verify_token.to_owned(),
            webhook_url: Some(self.app.url(&path)),
            ..PhoneSettings::default()
        };
        self.control.set_phone(PHONE, &settings).await.unwrap();
    }

    async fn page(&self, events: Vec<PageEvent>, post: PostPlan) -> Vec<Option<u16>> {
        let plan = PagePlan {
            events,
            post,
            ..PagePlan::default()
        };
        let posted = self.control.page_webhooks(PAGE, &plan).await.unwrap();
        posted.into_iter().map(|posted| posted.status).collect()
    }

    async fn phone(&self, events: Vec<PhoneEvent>, post: PostPlan) -> Vec<Option<u16>> {
        let plan = PhonePlan {
            events,
            post,
            ..PhonePlan::default()
        };
        let posted = self.control.phone_webhooks(PHONE, &plan).await.unwrap();
        posted.into_iter().map(|posted| posted.status).collect()
    }

    async fn post_to_page(&self, body: &str) -> StatusCode {
        let path = format!("/v1/webhooks/messenger/{PAGE_ACCOUNT}");
        let request = self.app.http.post(self.app.url(&path));
        let signed = format!("sha256={}", signature(body));
        let request = request.header("X-Hub-Signature-256", signed);
        request.body(body.to_owned()).send().await.unwrap().status()
    }

    async fn progress(&self) -> Vec<MessageProgressed> {
        let journalled = self.app.journalled().await.into_iter();
        journalled
            .filter_map(|(_, event)| match event {
                IngressLogEvent::MessageProgressed(event) => Some(event),
                IngressLogEvent::WebhookReceived(_)
                | IngressLogEvent::LinkClicked(_)
                | IngressLogEvent::OrderPlaced(_)
                | IngressLogEvent::UnsubscribeRequested(_)
                | IngressLogEvent::AddressSuppressed(_) => None,
            })
            .collect()
    }
}

fn signature(body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, CHANNEL_SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, body.as_bytes());
    tag.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn person(body: &[u8]) -> (String, Kind) {
    let event = PersonEvent::decode(body).unwrap();
    (event.external_id, event.kind.unwrap())
}

fn page_text(text: &str) -> PageEvent {
    PageEvent::Text {
        from: PSID.to_owned(),
        text: text.to_owned(),
        quick_reply: None,
    }
}

fn phone_text(text: &str) -> PhoneEvent {
    PhoneEvent::Text {
        from: NUMBER.to_owned(),
        body: text.to_owned(),
    }
}

#[tokio::test]
async fn metas_check_of_an_address_is_passed_with_the_accounts_own_token_alone() {
    let meta = Meta::start().await;
    assert!(meta.control.verify_page(PAGE).await.unwrap());
    assert!(meta.control.verify_phone(PHONE).await.unwrap());
    meta.set_page(CHANNEL_SECRET, "another").await;
    meta.set_phone(CHANNEL_SECRET, "").await;
    assert!(!meta.control.verify_page(PAGE).await.unwrap());
    assert!(!meta.control.verify_phone(PHONE).await.unwrap());
}

#[tokio::test]
async fn what_people_do_on_messenger_is_journalled_once_and_sealed() {
    let meta = Meta::start().await;
    let events = vec![
        page_text("a secret wish"),
        PageEvent::Postback {
            from: PSID.to_owned(),
            title: "Yes".to_owned(),
            payload: "size=m".to_owned(),
        },
    ];
    let post = PostPlan {
        events_per_post: 2,
        duplicates: 2,
        ..PostPlan::default()
    };
    assert_eq!(meta.page(events, post).await, [Some(200); 3]);

    for (logged, _) in meta.app.journalled().await {
        let stored = String::from_utf8_lossy(&logged.payload).into_owned();
        assert!(!stored.contains("secret") && !stored.contains(PSID));
    }
    let (opened, senders) = meta.app.opened(PAGE_ACCOUNT).await;
    let mut people: Vec<_> = opened.iter().map(|body| person(body)).collect();
    people.sort_by_key(|(_, kind)| matches!(kind, Kind::Tapped(_)));
    let who = || PSID.to_owned();
    let expected = [
        (who(), Kind::Wrote("a secret wish".to_owned())),
        (who(), Kind::Tapped("size=m".to_owned())),
    ];
    assert_eq!(people, expected);
    assert_eq!(senders, 2, "each is sealed for who sent it");
}

#[tokio::test]
async fn what_people_do_on_whatsapp_is_journalled_once_and_sealed() {
    let meta = Meta::start().await;
    let events = vec![
        phone_text("a secret wish"),
        PhoneEvent::Button {
            from: NUMBER.to_owned(),
            text: "Stop".to_owned(),
            payload: "STOP".to_owned(),
            context: None,
        },
        PhoneEvent::Preference {
            from: NUMBER.to_owned(),
            stop: true,
        },
    ];
    let post = PostPlan {
        events_per_post: 3,
        duplicates: 1,
        ..PostPlan::default()
    };
    assert_eq!(meta.phone(events, post).await, [Some(200); 2]);

    let (opened, _) = meta.app.opened(PHONE_ACCOUNT).await;
    let mut people: Vec<_> = opened.iter().map(|body| person(body)).collect();
    people.sort_by_key(|(_, kind)| match kind {
        Kind::Wrote(_) => 0,
        Kind::Tapped(_) => 1,
        Kind::MarketingStopped(_) => 2,
    });
    let who = || format!("+{NUMBER}");
    let expected = [
        (who(), Kind::Wrote("a secret wish".to_owned())),
        (who(), Kind::Tapped("STOP".to_owned())),
        (who(), Kind::MarketingStopped(true)),
    ];
    assert_eq!(people, expected);
    for (logged, _) in meta.app.journalled().await {
        let stored = String::from_utf8_lossy(&logged.payload).into_owned();
        assert!(!stored.contains("secret") && !stored.contains(NUMBER));
    }
}

#[tokio::test]
async fn a_post_that_meta_did_not_sign_is_refused_and_nothing_of_it_kept() {
    let meta = Meta::start().await;
    let forged = || PostPlan {
        forged: true,
        ..PostPlan::default()
    };
    let unauthorized = StatusCode::UNAUTHORIZED.as_u16();
    let page = meta.page(vec![page_text("hi")], forged()).await;
    let phone = meta.phone(vec![phone_text("hi")], forged()).await;
    assert_eq!(
        (page, phone),
        (vec![Some(unauthorized)], vec![Some(unauthorized)])
    );
    assert!(meta.app.journalled().await.is_empty());
}

#[tokio::test]
async fn an_account_takes_posts_of_its_own_channel_and_of_its_own_page_alone() {
    let meta = Meta::start().await;
    // The same app has another page, and signs for it with the same secret.
    let stray = PageSettings {
        app_secret: CHANNEL_SECRET.to_owned(),
        webhook_url: Some(
            meta.app
                .url(&format!("/v1/webhooks/messenger/{PAGE_ACCOUNT}")),
        ),
        ..PageSettings::default()
    };
    meta.control.set_page("2222", &stray).await.unwrap();
    let plan = PagePlan {
        events: vec![page_text("hi")],
        ..PagePlan::default()
    };
    let posted = meta.control.page_webhooks("2222", &plan).await.unwrap();
    assert_eq!(posted[0].status, Some(200), "Meta is not to repeat it");
    let crossed = PageSettings {
        webhook_url: Some(
            meta.app
                .url(&format!("/v1/webhooks/messenger/{PHONE_ACCOUNT}")),
        ),
        ..stray
    };
    meta.control.set_page("2222", &crossed).await.unwrap();
    let posted = meta.control.page_webhooks("2222", &plan).await.unwrap();
    assert_eq!(posted[0].status, Some(404));
    assert!(meta.app.journalled().await.is_empty());
}

#[tokio::test]
async fn how_far_messages_got_is_journalled_once_each_however_often_it_is_told() {
    let meta = Meta::start().await;
    let chunk = uuid::Uuid::now_v7();
    let ours = format!("fanfare:1:{chunk}:7");
    let status = |status: &str, correlation: &str, errors: serde_json::Value| {
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550783881", "phone_number_id": PHONE },
            "statuses": [{
                "id": "wamid.1", "status": status, "timestamp": "1800000000",
                "recipient_id": NUMBER, "biz_opaque_callback_data": correlation, "errors": errors,
            }],
        });
        PhoneEvent::Change {
            field: "messages".to_owned(),
            value,
        }
    };
    let failed = json!([{ "code": 131_049, "title": "not delivered to keep people engaged" }]);
    let events = vec![
        status("sent", &ours, json!([])),
        status("delivered", &ours, json!([])),
        status("read", &ours, json!([])),
        status("failed", "of another system", failed),
    ];
    let post = PostPlan {
        duplicates: 2,
        order: Order::Shuffled,
        seed: 7,
        ..PostPlan::default()
    };
    let answers = meta.phone(events, post).await;
    assert!(answers.iter().all(|status| *status == Some(200)));

    let mut progress = meta.progress().await;
    progress.sort_by_key(|told| told.kind);
    let told: Vec<_> = progress
        .iter()
        .map(|told| (told.kind(), told.correlation.as_str(), told.code.as_str()))
        .collect();
    let expected = [
        (ProgressKind::Accepted, ours.as_str(), ""),
        (ProgressKind::Delivered, ours.as_str(), ""),
        (ProgressKind::Read, ours.as_str(), ""),
        (ProgressKind::Failed, "", "131049"),
    ];
    let mut expected = expected.to_vec();
    expected.sort_by_key(|(kind, ..)| i32::from(*kind));
    assert_eq!(told, expected);
    let keys: std::collections::HashSet<_> = progress
        .iter()
        .map(|told| &told.channel_message_key)
        .collect();
    assert_eq!(keys.len(), 1, "all are of one message");
    for (logged, _) in meta.app.journalled().await {
        let stored = String::from_utf8_lossy(&logged.payload).into_owned();
        assert!(
            !stored.contains("wamid") && !stored.contains(NUMBER) && !stored.contains("another")
        );
    }
}

/// Each echo says whose the message is and when it was sent, each watermark whose it is and until when.
#[tokio::test]
async fn a_watermark_is_journalled_once_and_names_nobody_in_clear() {
    let meta = Meta::start().await;
    let chunk = uuid::Uuid::now_v7();
    let ours = format!("fanfare:1:{chunk}:7");
    let messaging = |sender: &str, recipient: &str, detail: serde_json::Value| {
        let mut event = json!({
            "sender": { "id": sender }, "recipient": { "id": recipient },
            "timestamp": 1_800_000_000_500_i64,
        });
        event
            .as_object_mut()
            .unwrap()
            .extend(detail.as_object().unwrap().clone());
        event
    };
    let echo = json!({ "message": {
        "mid": "m_1", "is_echo": true, "app_id": 1, "metadata": ours, "text": "Hi",
    } });
    let read = json!({ "read": { "watermark": 1_800_000_001_000_i64 } });
    let delivered = json!({ "delivery": { "mids": ["m_1"], "watermark": 1_800_000_001_000_i64 } });
    let body = json!({ "object": "page", "entry": [{
        "id": PAGE, "time": 1_800_000_002_000_i64,
        "messaging": [
            messaging(PAGE, PSID, echo),
            messaging(PSID, PAGE, read),
            messaging(PSID, PAGE, delivered),
        ],
    }] });
    for _ in 0..2 {
        let status = meta.post_to_page(&body.to_string()).await;
        assert_eq!(status, StatusCode::OK);
    }
    let progress = meta.progress().await;
    let mut told: Vec<_> = progress
        .iter()
        .map(|told| {
            let at = told.occurred_at.unwrap_or_default();
            (
                told.kind(),
                told.correlation.as_str(),
                told.channel_message_key.is_empty(),
                told.person_key.is_empty(),
                (at.seconds, at.nanos),
            )
        })
        .collect();
    told.sort_by_key(|(kind, _, is_of_person, ..)| (i32::from(*kind), *is_of_person));
    let event = (1_800_000_000, 500_000_000);
    let until = (1_800_000_001, 0);
    let expected = [
        (ProgressKind::Accepted, ours.as_str(), false, false, event),
        (ProgressKind::Delivered, "", false, true, event),
        (ProgressKind::Delivered, "", true, false, until),
        (ProgressKind::Read, "", true, false, until),
    ];
    assert_eq!(told, expected);
    let people: std::collections::HashSet<_> = progress
        .iter()
        .map(|told| &told.person_key)
        .filter(|key| !key.is_empty())
        .collect();
    assert_eq!(people.len(), 1, "all are of one person");
    for (logged, _) in meta.app.journalled().await {
        let stored = String::from_utf8_lossy(&logged.payload).into_owned();
        assert!(!stored.contains(PSID) && !stored.contains("m_1"));
    }
}

#[tokio::test]
async fn what_meta_does_not_post_is_told_to_be_wrong() {
    let meta = Meta::start().await;
    let body = "[1, 2";
    let hex = signature(body);
    for path in [
        format!("/v1/webhooks/messenger/{PAGE_ACCOUNT}"),
        format!("/v1/webhooks/whatsapp/{PHONE_ACCOUNT}"),
    ] {
        let request = meta.app.http.post(meta.app.url(&path));
        let request = request.header("X-Hub-Signature-256", format!("sha256={hex}"));
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
}
