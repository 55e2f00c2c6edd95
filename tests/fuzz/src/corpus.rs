//! What is spoiled: the bodies that the parsers' own tests are held to.

use serde_json::{Map, Value};

const MESSENGER: &str =
    include_str!("../../../libs/channels/tests/fixtures/meta/messenger_webhooks.json");
const WHATSAPP: &str =
    include_str!("../../../libs/channels/tests/fixtures/meta/whatsapp_webhooks.json");
const LINE: &str = include_str!("../corpus/line.jsonl");
const FILTERS: &str = include_str!("../corpus/filters.txt");

/// The right ones of `body` under `secret`, as LINE and as Meta write them.
pub(crate) const SIGNATURES: [&str; 2] = [
    "3EaYNVf+oSe0OvchRn65s/3iM4/j4U9RlSqoR4wT01U=",
    "sha256=dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355",
];

macro_rules! mails {
    ($($name:literal),* $(,)?) => {
        [$(include_bytes!(concat!("../../../libs/channels/tests/fixtures/email/", $name, ".eml")).as_slice()),*]
    };
}

const MAILS: [&[u8]; 16] = mails![
    "arf_abuse",
    "arf_not_spam",
    "arf_opt_out",
    "arf_redacted",
    "delivered",
    "exchange_mailbox_full",
    "exchange_recipient_not_found",
    "exim_no_such_user",
    "expired_after_days",
    "gmail_no_such_user",
    "gmail_over_quota",
    "postfix_delayed",
    "postfix_no_such_user",
    "qmail_in_words",
    "sendmail_two_recipients",
    "vacation_reply",
];

pub(crate) fn line() -> Vec<Vec<u8>> {
    lines_of(LINE)
}

pub(crate) fn messenger() -> Vec<Vec<u8>> {
    bodies(MESSENGER)
}

pub(crate) fn whatsapp() -> Vec<Vec<u8>> {
    bodies(WHATSAPP)
}

pub(crate) fn mail() -> Vec<Vec<u8>> {
    MAILS.map(<[u8]>::to_vec).into()
}

pub(crate) fn signatures() -> Vec<Vec<u8>> {
    SIGNATURES.map(|it| it.as_bytes().to_vec()).into()
}

pub(crate) fn filters() -> Vec<Vec<u8>> {
    lines_of(FILTERS)
}

fn lines_of(text: &str) -> Vec<Vec<u8>> {
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}

/// Of a file that has them by name.
fn bodies(file: &str) -> Vec<Vec<u8>> {
    let all: Map<String, Value> = serde_json::from_str(file).unwrap_or_default();
    all.values().map(|body| body.to_string().into()).collect()
}
