//! Every answer to a send that Meta documents, as our clients read it.

use channels::{
    messenger::{self, MessagingType},
    meta::{Accepted, Outcome},
    whatsapp,
};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::meta_originals::original;

fn accepted(outcome: Outcome) -> Accepted {
    match outcome {
        Outcome::Accepted(accepted) => accepted,
        other @ (Outcome::Refused(_) | Outcome::Ambiguous { .. } | Outcome::Unsent { .. }) => {
            panic!("{other:?}")
        }
    }
}

fn messenger(body: &Value) -> Accepted {
    let body = body.to_string();
    let none = HeaderMap::new();
    accepted(messenger::classify(
        MessagingType::Update,
        200,
        &none,
        body.as_bytes(),
    ))
}

fn whatsapp(body: &Value) -> Accepted {
    let body = body.to_string();
    accepted(whatsapp::classify(200, &HeaderMap::new(), body.as_bytes()))
}

/// In the forms of the documents; ids are ours.
#[test]
fn an_answer_tells_its_id_if_it_has_one() {
    let told = messenger(&json!({"recipient_id": "1", "message_id": "m_1", "attachment_id": "2"}));
    assert_eq!(told.message_id.as_deref(), Some("m_1"));
    let told = messenger(&json!({"success": true, "marketing_message_tracking_id": "t"}));
    assert_eq!(told.message_id, None);
    let contacts = json!([{"input": "+886912345678", "wa_id": "886912345678"}]);
    let body = |message: &Value| json!({"messaging_product": "whatsapp", "contacts": contacts, "messages": [message]});
    let told = whatsapp(&body(&json!({"id": "wamid.1"})));
    assert_eq!(
        (told.message_id.as_deref(), told.held),
        (Some("wamid.1"), false)
    );
    let told = whatsapp(&body(
        &json!({"id": "wamid.1", "message_status": "accepted"}),
    ));
    assert_eq!(
        (told.message_id.as_deref(), told.held),
        (Some("wamid.1"), false)
    );
    let held = json!({"id": "wamid.1", "message_status": "held_for_quality_assessment"});
    assert!(whatsapp(&body(&held)).held);
    assert_eq!(whatsapp(&json!({"success": true})).message_id, None);
}

#[test]
fn the_originals_are_read_as_these() {
    let named = [
        ("fb_send_response_ok.json", true),
        ("fb_send_response_reusable.json", true),
        ("fb_attachment_upload_response.json", false),
        ("fb_mm_send_response_ok.json", false),
    ];
    for (name, has_id) in named {
        let Some(body) = original(name) else { return };
        assert_eq!(messenger(&body).message_id.is_some(), has_id, "{name}");
    }
    for (name, is_held) in [("accepted", false), ("held", true)] {
        let body = original(&format!("wa_send_response_{name}.json")).unwrap();
        let told = whatsapp(&body);
        assert_eq!((told.message_id.is_some(), told.held), (true, is_held));
    }
    let examples = original("wa_openapi_send_response_examples.json").unwrap();
    let examples = examples.as_object().unwrap();
    assert!(examples.len() >= 40);
    for (name, body) in examples {
        // The one that sends nothing has no message.
        let has_id = !name.contains("typing indicator");
        assert_eq!(whatsapp(body).message_id.is_some(), has_id, "{name}");
    }
}
