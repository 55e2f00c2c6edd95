//! The bodies of Meta's documents and of clients that others wrote, where somebody has them: they are not ours to copy.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use channels::meta::{appsecret_proof, verify_signature};
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// `META_FIXTURES`, or `shared/fixtures/meta` beside the project or above it.
#[expect(clippy::print_stderr, reason = "a test that did not run should say so")]
pub(crate) fn originals() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = here.ancestors().map(|it| it.join("shared/fixtures/meta"));
    let named = env::var_os("META_FIXTURES").map(PathBuf::from);
    let found = named.or_else(|| beside.into_iter().find(|it| it.is_dir()));
    if found.is_none() {
        eprintln!("skipped: neither META_FIXTURES nor ../shared/fixtures/meta has Meta's bodies");
    }
    found
}

pub(crate) fn original(name: &str) -> Option<Value> {
    let path = originals()?.join(name);
    Some(serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
}

/// What is no webhook, and so not in `expected.txt`: which test reads it.
const OTHERS: [(&str, &str); 17] = [
    ("captured_real_client_requests", "meta_requests"),
    ("fb_attachment_upload_response", "meta_answers"),
    (
        "fb_batch_request_real_client",
        "the double's: tests/clients/npm/messenger.mjs sends it",
    ),
    ("fb_errors", "meta_requests"),
    ("fb_mm_send_response_ok", "meta_answers"),
    ("fb_send_request_generic", "meta_requests"),
    ("fb_send_request_utility_positional", "meta_requests"),
    ("fb_send_response_ok", "meta_answers"),
    ("fb_send_response_reusable", "meta_answers"),
    ("signature_vectors", "here"),
    ("wa_error_100_mm_api_sync", "meta_requests"),
    ("wa_error_130429_sync", "meta_requests"),
    (
        "wa_openapi_marketing_messages_examples",
        "of kinds that we do not send; the double is strict about them",
    ),
    (
        "wa_openapi_send_request_examples",
        "of kinds that we do not send; the double is strict about them",
    ),
    ("wa_openapi_send_response_examples", "meta_answers"),
    ("wa_send_response_accepted", "meta_answers"),
    ("wa_send_response_held", "meta_answers"),
];

#[test]
fn no_body_is_left_out() {
    let Some(directory) = originals() else { return };
    let webhooks = include_str!("../fixtures/meta/expected.txt");
    let mut read_by: BTreeMap<&str, &str> = OTHERS.into();
    for line in webhooks.lines() {
        let (name, _) = line.split_once(" => ").unwrap();
        read_by.insert(name.split(": ").next().unwrap(), "meta_corpus");
    }
    for file in fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(read_by.contains_key(name), "no test reads {name}");
    }
}

#[test]
fn metas_signatures_hold() {
    let Some(vectors) = original("signature_vectors.json") else {
        return;
    };
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() >= 3);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str();
        let secret = text("app_secret").unwrap().into();
        if let (Some(body), Some(signature)) = (text("raw_body"), text("x_hub_signature_256")) {
            assert!(verify_signature(&secret, body.as_bytes(), signature));
            let other = format!("{body} ");
            assert!(!verify_signature(&secret, other.as_bytes(), signature));
        } else {
            let proof = appsecret_proof(&secret, &text("access_token").unwrap().into());
            assert_eq!(Some(proof.expose_secret()), text("appsecret_proof"));
        }
    }
}
