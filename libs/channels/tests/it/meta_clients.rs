//! What the clients ask of Graph, and what they make of its answers.

use std::time::Duration;

use axum::http::{Method, header::AUTHORIZATION};
use channels::{
    messenger::{self, Message, MessageContent, MessagingType, MessengerClient},
    meta::{Action, CallError, Component, Outcome, Quality, Scope, TemplateStatus},
    whatsapp::{self, PhoneNumber, WhatsAppClient},
};
use serde_json::{Value, json};

use crate::graph::{FakeGraph, Say};

const TOKEN: &str = "PAGE_TOKEN";
const SECRET: &str = "app-secret";
const PROOF: &str = "4a59b332efe897fe2ef17216309d4c6bb19d81bd7eaf8fd062effed966ae7aa5";

fn messenger(server: &FakeGraph) -> MessengerClient {
    MessengerClient::try_new(&server.graph, "104", &TOKEN.into(), Some(&SECRET.into())).unwrap()
}

fn whatsapp(server: &FakeGraph) -> WhatsAppClient {
    WhatsAppClient::try_new(&server.graph, "106", &TOKEN.into(), None).unwrap()
}

fn hello() -> bytes::Bytes {
    let person = messenger::Recipient::Psid("7".to_owned());
    let text = "hello".to_owned();
    let message = Message {
        content: MessageContent::Text { text },
        quick_replies: Vec::new(),
    };
    messenger::send_body(&person, MessagingType::Update, None, &message, "b1:7").unwrap()
}

fn hello_whatsapp() -> bytes::Bytes {
    let number = PhoneNumber::parse("+16502530000", None).unwrap();
    whatsapp::text_body(&whatsapp::Recipient::Phone(number), "hello", "b1:7").unwrap()
}

#[tokio::test]
async fn messenger_sends_as_the_page_and_proves_the_app() {
    let accepted = json!({"recipient_id": "7", "message_id": "m_1"});
    let server = FakeGraph::answering(vec![Say::ok(&accepted)]).await;
    let answer = messenger(&server)
        .send(MessagingType::Update, hello())
        .await;
    let Outcome::Accepted(accepted) = answer.outcome else {
        panic!("{answer:?}");
    };
    assert_eq!(accepted.message_id.as_deref(), Some("m_1"));
    let asked = server.only();
    assert_eq!(asked.method, Method::POST);
    let expected = format!("/v25.0/104/messages?access_token={TOKEN}&appsecret_proof={PROOF}");
    assert_eq!(asked.uri, expected.as_str());
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(asked.headers.get(AUTHORIZATION), None);
    assert_eq!(
        asked.body["message"],
        json!({"text": "hello", "metadata": "b1:7"})
    );
}

#[tokio::test]
async fn whatsapp_sends_as_the_number() {
    let accepted = json!({"messaging_product": "whatsapp", "contacts": [{"input": "+1", "wa_id": "1"}],
        "messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]});
    let server = FakeGraph::answering(vec![Say::ok(&accepted)]).await;
    let answer = whatsapp(&server).send(hello_whatsapp()).await;
    assert_eq!(answer.outcome.class(), "held");
    let asked = server.only();
    assert_eq!(asked.uri, "/v25.0/106/messages");
    assert_eq!(asked.headers[AUTHORIZATION], format!("Bearer {TOKEN}"));
    assert_eq!(asked.body["to"], "+16502530000");
    assert_eq!(asked.body["biz_opaque_callback_data"], "b1:7");
}

#[tokio::test]
async fn a_refusal_tells_how_near_the_limits_are() {
    let error = json!({"error": {"message": "(#80006)", "code": 80_006, "fbtrace_id": "A1"}});
    let usage =
        r#"{"104":[{"type":"messenger","call_count":101,"estimated_time_to_regain_access":2}]}"#;
    let said = Say::with(400, &error).header("x-business-use-case-usage", usage);
    let server = FakeGraph::answering(vec![said]).await;
    let answer = messenger(&server)
        .send(MessagingType::Update, hello())
        .await;
    let Outcome::Refused(refusal) = answer.outcome else {
        panic!("{answer:?}");
    };
    assert_eq!(refusal.action, Action::Pause(Scope::Sender));
    assert_eq!(refusal.wait, Some(Duration::from_mins(2)));
    assert_eq!(answer.usage.percent(), 101);
    assert_eq!(answer.trace_id.as_deref(), Some("A1"));
}

#[tokio::test]
async fn without_an_answer_nothing_is_definite() {
    let server = FakeGraph::answering(Vec::new()).await;
    // The server breaks the connection: it has nothing to say.
    let answer = whatsapp(&server).send(hello_whatsapp()).await;
    assert_eq!(answer.outcome.class(), "ambiguous");
    assert!(!answer.outcome.may_be_repeated());
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let timeouts = channels::Timeouts::default();
    // Port 1 is nobody's.
    let graph = channels::meta::Graph::try_new("http://127.0.0.1:1", "v25.0", timeouts).unwrap();
    let client = WhatsAppClient::try_new(&graph, "106", &TOKEN.into(), None).unwrap();
    let answer = client.send(hello_whatsapp()).await;
    assert_eq!(answer.outcome.class(), "unsent");
    assert!(answer.outcome.may_be_repeated());
}

#[tokio::test]
async fn no_secret_is_ever_printed() {
    let server = FakeGraph::answering(Vec::new()).await;
    let clients = format!("{:?} {:?}", messenger(&server), whatsapp(&server));
    assert!(
        !clients.contains(TOKEN) && !clients.contains(PROOF),
        "{clients}"
    );
    let error = messenger(&server).page_info().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable));
    assert!(!format!("{error:?} {error}").contains(TOKEN));
}

#[tokio::test]
async fn an_image_is_uploaded_once_for_many_sends() {
    // As a number or as a text: both occur.
    let answers = [
        json!({"attachment_id": "1857"}),
        json!({"attachment_id": 1857}),
    ];
    let server = FakeGraph::answering(answers.iter().map(Say::ok).collect()).await;
    for _ in 0..2 {
        let uploaded = messenger(&server)
            .upload_image("https://example.com/a.png")
            .await;
        assert_eq!(uploaded.unwrap(), "1857");
    }
    let asked = server.asked().remove(0);
    assert_eq!(asked.uri.path(), "/v25.0/104/message_attachments");
    let payload = json!({"url": "https://example.com/a.png", "is_reusable": true});
    let attachment = json!({"type": "image", "payload": payload});
    assert_eq!(asked.body, json!({"message": {"attachment": attachment}}));
}

#[tokio::test]
async fn an_account_tells_who_it_is() {
    let page = json!({"id": "104", "name": "A shop"});
    let server =
        FakeGraph::answering(vec![Say::ok(&page), Say::ok(&json!({"success": true}))]).await;
    let client = messenger(&server);
    let info = client.page_info().await.unwrap();
    assert_eq!((&*info.id, &*info.name), ("104", "A shop"));
    client
        .subscribe(&["messages", "message_reads"])
        .await
        .unwrap();
    let query = server.asked()[1].uri.query().unwrap().to_owned();
    assert!(
        query.starts_with("subscribed_fields=messages%2Cmessage_reads&"),
        "{query}"
    );

    let number = json!({"id": "106", "display_phone_number": "+1 650-253-0000", "verified_name": "A shop",
        "quality_rating": "GREEN", "throughput": {"level": "STANDARD"}, "whatsapp_business_manager_messaging_limit": "TIER_2K"});
    let server = FakeGraph::answering(vec![Say::ok(&number)]).await;
    let info = whatsapp(&server).number_info().await.unwrap();
    assert_eq!(info.quality, Quality::Green);
    assert_eq!(info.throughput.as_deref(), Some("STANDARD"));
    assert_eq!(info.messaging_limit.as_deref(), Some("TIER_2K"));
    assert_eq!(server.only().uri.path(), "/v25.0/106");
}

fn template(name: &str, status: &str) -> Value {
    json!({"id": name, "name": name, "language": "en_US", "status": status, "category": "MARKETING",
        "quality_score": {"score": "YELLOW"},
        "components": [{"type": "BODY", "text": "Hi {{1}}"}, {"type": "buttons", "buttons": [{"type": "QUICK_REPLY", "text": "Stop"}]}]})
}

#[tokio::test]
async fn a_catalogue_is_read_to_its_end() {
    let cursors = |after: &str| json!({"before": "x", "after": after});
    let first = json!({"data": [template("a", "APPROVED"), {"odd": 1}],
        "paging": {"cursors": cursors("c 1"), "next": "https://graph.facebook.com/next"}});
    // The last page has a cursor too.
    let last = json!({"data": [template("b", "PAUSED")], "paging": {"cursors": cursors("c2")}});
    let server = FakeGraph::answering(vec![Say::ok(&first), Say::ok(&last)]).await;
    let templates = whatsapp(&server).templates("102").await.unwrap();
    let names: Vec<(&str, bool)> = templates
        .iter()
        .map(|template| (&*template.key.name, template.status.may_be_sent()))
        .collect();
    assert_eq!(names, [("a", true), ("b", false)]);
    assert_eq!(templates[1].status, TemplateStatus::Paused);
    assert_eq!(templates[0].quality, Quality::Yellow);
    assert_eq!(templates[0].body(), "Hi {{1}}");
    assert_eq!(templates[0].buttons().len(), 1);
    assert!(matches!(templates[0].components[0], Component::Body { .. }));
    let asked = server.asked();
    assert_eq!(asked[0].uri.path(), "/v25.0/102/message_templates");
    assert!(asked[1].uri.query().unwrap().contains("after=c+1"));
}

#[tokio::test]
async fn a_catalogue_that_goes_in_circles_is_not_believed() {
    let page = json!({"data": [template("a", "APPROVED")],
        "paging": {"cursors": {"after": "c1"}, "next": "https://graph.facebook.com/next"}});
    let server = FakeGraph::answering(vec![Say::ok(&page), Say::ok(&page)]).await;
    let error = whatsapp(&server).templates("102").await.unwrap_err();
    assert!(matches!(error, CallError::Endless));
}

#[tokio::test]
async fn a_question_that_is_refused_tells_why() {
    let error = json!({"error": {"message": "Invalid OAuth access token.", "code": 190}});
    let server = FakeGraph::answering(vec![Say::with(401, &error)]).await;
    let CallError::Refused(refusal) = whatsapp(&server).number_info().await.unwrap_err() else {
        panic!("it was refused");
    };
    assert_eq!(
        (refusal.name, refusal.action),
        ("token_invalid", Action::Stop(Scope::Business))
    );
}
