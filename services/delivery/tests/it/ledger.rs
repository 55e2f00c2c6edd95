//! What the log says became of everyone.

use std::collections::BTreeMap;

use broadcast_domain::Recipients;
use event_sourcing::EventCodec as _;
use event_store::{LogPosition, read_log};
use events::{
    BroadcastLogEvent,
    broadcasts::{FailureClass, Outcome, OutcomeKind, WindowStarted},
};
use test_support::eventually;
use uuid::Uuid;

use crate::app::{App, contact};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Became {
    Accepted,
    Failed(FailureClass, String),
    Unknown,
    NotSent,
}

pub(crate) fn failed(class: FailureClass, code: &str) -> Became {
    Became::Failed(class, code.to_owned())
}

impl App {
    pub(crate) async fn log(&self) -> Vec<BroadcastLogEvent> {
        let mut log = Vec::new();
        for partition in 0..2 {
            let mut after = LogPosition {
                partition,
                position: 0,
            };
            loop {
                let page = read_log(&self.pool, after, 1000).await.unwrap();
                let Some(last) = page.last() else { break };
                after = last.at;
                for event in &page {
                    log.push(BroadcastLogEvent::decode(&event.event_type, &event.payload).unwrap());
                }
            }
        }
        log
    }

    /// Everyone's outcomes, by number: each has one at most.
    pub(crate) async fn outcomes(&self) -> BTreeMap<u64, Became> {
        let mut people: BTreeMap<Vec<u8>, Vec<Uuid>> = BTreeMap::new();
        let mut outcomes = BTreeMap::new();
        for event in self.log().await {
            if let BroadcastLogEvent::ChunkStored(stored) = event {
                let contacts = events::ids(&stored.contact_ids).collect();
                people.insert(stored.chunk_id, contacts);
            } else if let BroadcastLogEvent::WindowSettled(settled) = event {
                let chunk = &people[&settled.chunk_id];
                for outcome in &settled.outcomes {
                    for place in Recipients::from_ranges(&outcome.recipients).iter() {
                        let number = chunk[place as usize].as_u128() - contact(0).as_u128();
                        let number = u64::try_from(number).unwrap();
                        let before = outcomes.insert(number, became(outcome));
                        assert_eq!(before, None, "two outcomes for person {number}");
                    }
                }
            }
        }
        outcomes
    }

    pub(crate) async fn windows(&self) -> Vec<WindowStarted> {
        let mut windows = Vec::new();
        for event in self.log().await {
            if let BroadcastLogEvent::WindowStarted(started) = event {
                windows.push(started);
            }
        }
        windows
    }

    /// Waits until everyone has an outcome and no address is kept.
    pub(crate) async fn settled(&self) -> BTreeMap<u64, Became> {
        eventually(
            "every chunk is settled and its addresses are erased",
            async || {
                let left: i64 = sqlx::query_scalar(
                    "SELECT count(*) FROM dispatch_chunks
                 WHERE state <> 'settled' OR sealed_addresses IS NOT NULL",
                )
                .fetch_one(&self.pool)
                .await
                .unwrap();
                (left == 0).then_some(())
            },
        )
        .await;
        self.outcomes().await
    }

    pub(crate) async fn all_accepted(&self, people: u64) {
        let outcomes = self.settled().await;
        let expected = (0..people).map(|number| (number, Became::Accepted));
        assert_eq!(outcomes, expected.collect());
        let totals = self.totals().await;
        assert_eq!(totals.people_received, people);
        assert_eq!(totals.deliveries, people);
        assert_eq!(totals.max_copies_per_person, 1);
        assert_eq!(totals.changed_bodies, 0);
    }

    pub(crate) async fn until_logged(&self, what: &str, wanted: fn(&BroadcastLogEvent) -> bool) {
        eventually(what, async || {
            self.log().await.iter().any(wanted).then_some(())
        })
        .await;
    }
}

fn became(outcome: &Outcome) -> Became {
    match outcome.kind() {
        OutcomeKind::Unspecified => panic!("an outcome of no kind"),
        OutcomeKind::Accepted => Became::Accepted,
        OutcomeKind::Failed => Became::Failed(outcome.failure_class(), outcome.code.clone()),
        OutcomeKind::Unknown => Became::Unknown,
        OutcomeKind::NotSent => Became::NotSent,
    }
}
