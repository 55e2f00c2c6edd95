//! What LINE tells of everybody under one aggregation unit.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{channel::Channel, refusal::Refusal};

/// Of fewer people LINE tells nothing.
const PEOPLE_MIN: u64 = 20;
const SPAN_MAX: TimeDelta = TimeDelta::days(30);
/// How many in a hundred see a message, and of those tap it: no draw, so that a test can tell.
const SEEN_PERCENT: u64 = 60;
const TAPPED_PERCENT: u64 = 25;

/// As LINE wants it asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(rename = "customAggregationUnit")]
    unit: String,
    from: String,
    to: String,
}

impl Asked {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok();
        match (self.unit.is_empty(), day(&self.from), day(&self.to)) {
            (false, Some(from), Some(to)) if from <= to && to - from <= SPAN_MAX => Ok(()),
            _ => Err(Refusal::bad_request("The parameters are invalid")),
        }
    }
}

pub(super) fn of_unit(channel: &Channel, unit: &str) -> Value {
    let reached = channel
        .units
        .reached()
        .get(unit)
        .copied()
        .unwrap_or_default();
    let told = |people: u64| (people >= PEOPLE_MIN).then_some(people);
    let seen = reached * SEEN_PERCENT / 100;
    json!({
        "overview": {
            "uniqueImpression": told(seen),
            "uniqueClick": told(seen * TAPPED_PERCENT / 100),
            "uniqueMediaPlayed": Value::Null,
            "uniqueMediaPlayed100Percent": Value::Null,
        },
        "messages": [],
        "clicks": [],
    })
}

impl Asked {
    pub(super) fn unit(&self) -> &str {
        &self.unit
    }
}
