//! What becomes of every body that Meta documents.

use std::{collections::BTreeMap, fs};

use channels::{messenger, meta::WebhookError, whatsapp};
use serde_json::Value;

use crate::{
    meta_labels::{messenger_label, whatsapp_label},
    meta_originals::originals,
};

const MESSENGER: &str = include_str!("../fixtures/meta/messenger_webhooks.json");
const WHATSAPP: &str = include_str!("../fixtures/meta/whatsapp_webhooks.json");
const EXPECTED: &str = include_str!("../fixtures/meta/expected.txt");
/// In one file, by name, where it comes from.
const COLLECTION: &str = "wa_openapi_webhook_examples";

/// What became of a body: its events, or why it is refused.
fn told(name: &str, body: &[u8]) -> String {
    let events: Vec<String> = if name.starts_with("fb_") {
        match messenger::parse_webhook(body) {
            Ok(webhook) => webhook.events.iter().map(messenger_label).collect(),
            Err(error) => return refused(&error),
        }
    } else {
        match whatsapp::parse_webhook(body) {
            Ok(webhook) => webhook.events.iter().map(whatsapp_label).collect(),
            Err(error) => return refused(&error),
        }
    };
    events.join("; ")
}

fn refused(error: &WebhookError) -> String {
    format!("refused: {error}")
}

fn expected() -> BTreeMap<&'static str, &'static str> {
    let lines = EXPECTED.lines();
    lines.map(|line| line.split_once(" => ").unwrap()).collect()
}

fn own() -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> = serde_json::from_str(MESSENGER).unwrap();
    all.extend(serde_json::from_str::<BTreeMap<String, Value>>(WHATSAPP).unwrap());
    all
}

#[test]
fn every_documented_body_becomes_the_events_that_it_tells_or_is_refused_for_a_reason() {
    let expected = expected();
    let own = own();
    let missing: Vec<&&str> = expected
        .keys()
        .filter(|it| !own.contains_key(**it))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (name, body) in own {
        let became = told(&name, body.to_string().as_bytes());
        assert_eq!(Some(&*became), expected.get(&*name).copied(), "{name}");
    }
}

#[test]
fn the_originals_become_the_same() {
    let Some(directory) = originals() else { return };
    for (name, expected) in expected() {
        let (file, part) = name.split_once(": ").unwrap_or((name, ""));
        let body = fs::read(directory.join(format!("{file}.json"))).unwrap();
        let body = if file == COLLECTION {
            let all: BTreeMap<String, Value> = serde_json::from_slice(&body).unwrap();
            all[part].to_string().into_bytes()
        } else {
            body
        };
        assert_eq!(told(name, &body), expected, "{name}");
    }
}

#[test]
fn everything_is_kept_as_it_came() {
    for (name, body) in own() {
        let text = body.to_string();
        let raws: Vec<String> = if name.starts_with("fb_") {
            let webhook = messenger::parse_webhook(text.as_bytes());
            let Ok(webhook) = webhook else { continue };
            let raws = webhook
                .events
                .iter()
                .map(|event| event.raw.get().to_owned());
            raws.collect()
        } else {
            let webhook = whatsapp::parse_webhook(text.as_bytes()).unwrap();
            let raws = webhook
                .events
                .iter()
                .map(|event| event.raw.get().to_owned());
            raws.collect()
        };
        for raw in raws {
            assert!(text.contains(&raw), "{name}");
        }
    }
}
