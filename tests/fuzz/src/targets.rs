//! What is fuzzed.

use std::{fmt::Debug, str};

use channels::{email, line, messenger, meta, whatsapp};
use secrecy::SecretString;
use segmentation_domain::Filter;

use crate::corpus;

/// Of what form the inputs are, so that they are spoiled in ways that get past the first check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Mail,
    Text,
}

pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    pub(crate) read: fn(&[u8]) -> Box<dyn Debug>,
    /// The longest input that is made: above what the parser takes, where it has a limit.
    pub(crate) bytes_max: usize,
}

const MIB: usize = 1024 * 1024;

const TARGETS: [Target; 6] = [
    Target {
        name: "line",
        form: Form::Json,
        seeds: corpus::line,
        read: |raw| Box::new(line::parse_webhook(raw)),
        bytes_max: 2 * MIB,
    },
    Target {
        name: "messenger",
        form: Form::Json,
        seeds: corpus::messenger,
        read: |raw| Box::new(messenger::parse_webhook(raw)),
        bytes_max: 3 * MIB + 1024,
    },
    Target {
        name: "whatsapp",
        form: Form::Json,
        seeds: corpus::whatsapp,
        read: |raw| Box::new(whatsapp::parse_webhook(raw)),
        bytes_max: 3 * MIB + 1024,
    },
    Target {
        name: "mail",
        form: Form::Mail,
        seeds: corpus::mail,
        read: read_mail,
        bytes_max: 4 * MIB + 1024,
    },
    Target {
        name: "signatures",
        form: Form::Text,
        seeds: corpus::signatures,
        read: read_signature,
        bytes_max: MIB,
    },
    Target {
        name: "filter",
        form: Form::Text,
        seeds: corpus::filters,
        read: read_filter,
        bytes_max: MIB / 4,
    },
];

pub(crate) fn chosen(only: &[String]) -> anyhow::Result<Vec<Target>> {
    for name in only {
        let known = TARGETS.iter().any(|target| target.name == name);
        anyhow::ensure!(known, "there is no parser called {name}");
    }
    let wanted = |target: &Target| only.is_empty() || only.iter().any(|name| name == target.name);
    Ok(TARGETS.into_iter().filter(wanted).collect())
}

fn read_mail(raw: &[u8]) -> Box<dyn Debug> {
    let report = email::parse_report(raw);
    let follows = report.as_ref().map(email::suppressions).ok();
    Box::new((report, follows))
}

/// The header of a body; nobody who is not of the secret gets one right.
fn read_signature(raw: &[u8]) -> Box<dyn Debug> {
    let header = String::from_utf8_lossy(raw);
    let secret = SecretString::from("secret");
    let right = line::verify_signature(&secret, b"body", &header)
        || meta::verify_signature(&secret, b"body", &header);
    let is_ours = corpus::SIGNATURES.contains(&header.trim());
    assert!(is_ours || !right, "a signature was forged");
    Box::new(right)
}

/// What is read can be written, and reads as the same again.
fn read_filter(raw: &[u8]) -> Box<dyn Debug> {
    let Ok(text) = str::from_utf8(raw) else {
        return Box::new(());
    };
    let filter = Filter::from_text(text);
    if let Ok(filter) = &filter {
        let written = filter.to_text();
        let again = Filter::from_text(&written).map(|filter| filter.to_text());
        assert!(again.is_ok_and(|again| again == written), "{written}");
    }
    Box::new(filter)
}
