//! Drives every row of the README's tables through a channel's classifier.

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;

use super::{
    outcome::{Classifier, Outcome},
    rule::Meaning,
};

const README: &str = include_str!("../../README.md");

struct Row {
    labels: Vec<String>,
    name: String,
    outcome: String,
}

/// Each row is driven, and each rule has a row.
pub(crate) fn check(heading: &str, classifier: Classifier) {
    let rows = rows(heading);
    let mut told = BTreeSet::new();
    for row in &rows {
        for label in &row.labels {
            assert!(told.insert(label.clone()), "{label} has two rows");
            drive(classifier, label, row);
        }
    }
    let rules: BTreeSet<String> = classifier.rules.iter().map(super::Rule::label).collect();
    assert_eq!(told, rules);
    assert_eq!(rules.len(), classifier.rules.len(), "a rule is there twice");
}

fn drive(classifier: Classifier, label: &str, row: &Row) {
    let (code, subcode) = label.split_once('/').unwrap_or((label, "null"));
    let codes = match code.split_once('-') {
        Some((first, last)) => vec![first, last],
        None if code == "*" => vec!["10"],
        None => vec![code],
    };
    for code in codes {
        // The status and the text decide nothing.
        for status in [400, 403, 500] {
            let body =
                format!(r#"{{"error":{{"message":"m","code":{code},"error_subcode":{subcode}}}}}"#);
            let outcome = classifier.classify(status, &HeaderMap::new(), body.as_bytes());
            assert_eq!(told(&outcome), row.outcome, "{label}");
            if let Outcome::Refused(refusal) = &outcome {
                assert_eq!(refusal.name, row.name, "{label}");
                assert_eq!(refusal.code.unwrap().to_string(), code);
            }
        }
    }
}

/// As the README writes it.
pub(crate) fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted(_) => Meaning::Sent.to_string(),
        Outcome::Ambiguous { .. } => Meaning::Unclear.to_string(),
        Outcome::Refused(refusal) => Meaning::Refused(refusal.action).to_string(),
        Outcome::Unsent { .. } => "unsent".to_owned(),
    }
}

fn rows(heading: &str) -> Vec<Row> {
    let (_, section) = README.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let word = |cell: &str| cell.trim_matches('`').to_owned();
        Row {
            labels: cells[0].split(", ").map(word).collect(),
            name: word(cells[2]),
            outcome: word(cells[3]),
        }
    })
    .collect()
}
