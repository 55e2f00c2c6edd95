use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::email::rules::{RULES, Rule};

const README: &str = include_str!("../../README.md");

struct Row {
    labels: Vec<String>,
    name: String,
    outcome: String,
}

fn rows() -> Vec<Row> {
    let (_, section) = README.split_once("## E-mail: each reply").unwrap();
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

#[test]
fn the_readme_has_every_rule_and_no_other() {
    let mut told = BTreeSet::new();
    for row in rows() {
        for label in row.labels {
            assert!(told.insert(label.clone()), "{label} has two rows");
            let rule = RULES.iter().find(|rule| rule.label() == label);
            let rule = rule.unwrap_or_else(|| panic!("no rule is {label}"));
            assert_eq!(
                (rule.name, rule.action.to_string()),
                (row.name.as_str(), row.outcome.clone()),
                "{label}"
            );
        }
    }
    let rules: BTreeSet<String> = RULES.iter().map(Rule::label).collect();
    assert_eq!(told, rules);
    assert_eq!(rules.len(), RULES.len(), "a rule is there twice");
}

#[test]
fn an_enhanced_code_is_read_and_one_that_contradicts_is_not() {
    let reply = |code, text| Reply::new(Phase::Rcpt, code, text).enhanced;
    assert_eq!(reply(550, "5.1.10 no").unwrap().to_string(), "5.1.10");
    for (code, text) in [
        (550, "4.2.1 no"),
        (550, "5.1 no"),
        (550, "5.1.1.1 no"),
        (550, "5..1 no"),
        (550, "5.1.1234 no"),
        (550, "+5.1.1 no"),
        (550, ""),
    ] {
        assert_eq!(reply(code, text), None, "{text}");
    }
}

#[test]
fn nobody_s_address_is_kept_of_a_refusal() {
    for phase in [Phase::Mail, Phase::Rcpt, Phase::End] {
        let text = "5.1.1 <ann@example.com>: ann@example.com unknown";
        let Outcome::Refused(refusal) = classify(&Reply::new(phase, 550, text)) else {
            panic!("not refused");
        };
        assert!(!refusal.detail.contains("ann"), "{}", refusal.detail);
        assert!(
            refusal.detail.starts_with("550 5.1.1 at "),
            "{}",
            refusal.detail
        );
    }
}

proptest! {
    /// No reply is taken for a success, nor for nothing at all.
    #[test]
    fn any_refusal_is_one(code in 400u16..600, text in ".{0,80}") {
        for phase in [Phase::Connect, Phase::Auth, Phase::Mail, Phase::Rcpt, Phase::Data, Phase::End] {
            let outcome = classify(&Reply::new(phase, code, &text));
            let refused = matches!(outcome, Outcome::Refused(_));
            prop_assert!(refused);
            prop_assert!(code >= 500 || outcome.may_be_repeated(), "{} at {}", code, phase);
        }
    }
}
