use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::clock::millis;

/// What was accepted, in order. Each distinct content is kept once.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) records: Vec<Record>,
    contents: HashSet<Arc<str>>,
    /// Answers by status, and errors by code.
    pub(crate) answered: BTreeMap<u16, u64>,
    pub(crate) errors: BTreeMap<u32, u64>,
    pub(crate) dropped: u64,
    second: u64,
    in_second: u64,
    busiest: u64,
}

/// A message that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) content: Arc<str>,
    /// `metadata` or `biz_opaque_callback_data`.
    pub(crate) correlation: Option<String>,
    pub(crate) at: Duration,
    pub(crate) held: bool,
    /// Why it will never arrive.
    pub(crate) failure: Option<u32>,
    pub(crate) category: Option<String>,
}

/// A message that one person got.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Received {
    pub id: String,
    pub to: String,
    /// The message as it was sent, without who it was sent to.
    pub content: Box<RawValue>,
    pub correlation: Option<String>,
    pub at_ms: u64,
    pub held: bool,
    /// The code it fails with, if it does.
    pub failure: Option<u32>,
}

/// What came of everything that was asked of a page or a phone number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphTotals {
    /// Accepted, held ones included.
    pub accepted: u64,
    pub held: u64,
    /// Accepted, and never to arrive.
    pub failed: u64,
    /// Who got at least one.
    pub people: u64,
    /// The most that one person got.
    pub max_per_person: u64,
    /// Above 1, somebody got the same content twice.
    pub max_copies_per_person: u64,
    pub answered: BTreeMap<u16, u64>,
    pub errors: BTreeMap<u32, u64>,
    pub dropped: u64,
    /// The most that was accepted within one second of the clock.
    pub busiest_second: u64,
}

impl Journal {
    pub(crate) fn push(&mut self, mut record: Record) {
        record.content = match self.contents.get(&record.content) {
            Some(known) => Arc::clone(known),
            None => {
                self.contents.insert(Arc::clone(&record.content));
                record.content
            }
        };
        let second = record.at.as_secs();
        if second != self.second {
            self.second = second;
            self.in_second = 0;
        }
        self.in_second += 1;
        self.busiest = self.busiest.max(self.in_second);
        self.records.push(record);
    }

    pub(crate) fn refused(&mut self, status: u16, code: u32) {
        *self.answered.entry(status).or_default() += 1;
        *self.errors.entry(code).or_default() += 1;
    }

    pub(crate) fn answered(&mut self, status: u16) {
        *self.answered.entry(status).or_default() += 1;
    }

    pub(crate) fn received(&self, to: Option<&str>) -> Vec<Received> {
        let mine = self
            .records
            .iter()
            .filter(|r| to.is_none_or(|to| to == r.to));
        mine.filter_map(Record::received).collect()
    }

    pub(crate) fn totals(&self) -> GraphTotals {
        let mut people: HashMap<&str, u64> = HashMap::new();
        let mut copies: HashMap<(&str, &str), u64> = HashMap::new();
        for record in &self.records {
            *people.entry(&record.to).or_default() += 1;
            *copies.entry((&record.to, &record.content)).or_default() += 1;
        }
        let count = |wanted: fn(&Record) -> bool| {
            self.records.iter().filter(|record| wanted(record)).count() as u64
        };
        GraphTotals {
            accepted: self.records.len() as u64,
            held: count(|record| record.held),
            failed: count(|record| record.failure.is_some()),
            people: people.len() as u64,
            max_per_person: people.values().copied().max().unwrap_or_default(),
            max_copies_per_person: copies.values().copied().max().unwrap_or_default(),
            answered: self.answered.clone(),
            errors: self.errors.clone(),
            dropped: self.dropped,
            busiest_second: self.busiest,
        }
    }
}

impl Record {
    fn received(&self) -> Option<Received> {
        Some(Received {
            id: self.id.clone(),
            to: self.to.clone(),
            content: RawValue::from_string(self.content.to_string()).ok()?,
            correlation: self.correlation.clone(),
            at_ms: millis(self.at),
            held: self.held,
            failure: self.failure,
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or_default()
    }
}
