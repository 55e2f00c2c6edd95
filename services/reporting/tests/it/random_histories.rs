//! Every number and every list, against the plain loops of the reference.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use test_support::{Database, TestDatabase};

use crate::{
    facts::Facts,
    history,
    journal::Journal,
    projector::{concurrently, in_any_order},
    reader::{EVERY_LIST, Reader},
    reference,
    self_check::assert_consistent,
};

const HISTORIES: u64 = 40;

#[tokio::test]
async fn every_report_and_every_list_is_as_plain_loops_over_the_facts_say() {
    let database = TestDatabase::create(Database::Reporting).await;
    for seed in 0..HISTORIES {
        let mut rng = StdRng::seed_from_u64(seed);
        let facts = history::random(&mut rng);
        let journal = Journal::of(&facts, &mut rng);
        if seed % 2 == 0 {
            in_any_order(&database.pool, &journal, &mut rng).await;
        } else {
            concurrently(&database.pool, &journal, &mut rng).await;
        }
        let reader = Reader::new(&database.pool, facts.team);
        assert_told(&facts, &reader, &mut rng, seed).await;
    }
    assert_consistent(&database.pool).await;
}

async fn assert_told(facts: &Facts, reader: &Reader, rng: &mut StdRng, seed: u64) {
    for broadcast in &facts.broadcasts {
        let report = reference::comparable(reader.report(broadcast.id).await.unwrap());
        assert_eq!(report, reference::report(facts, broadcast), "seed {seed}");

        for list in EVERY_LIST {
            let told = reader
                .recipients(broadcast.id, list, rng.random_range(1..30))
                .await;
            let expected = reference::recipients(facts, broadcast, list);
            assert_eq!(told, expected, "seed {seed}, {list:?}");
        }
        let told = reader.orders(broadcast.id, rng.random_range(1..9)).await;
        assert_eq!(
            told,
            reference::attributed_orders(facts, broadcast),
            "seed {seed}"
        );
    }
    let listed = reader.reports(rng.random_range(1..4)).await;
    let ids: Vec<String> = listed
        .into_iter()
        .map(|report| report.broadcast_id)
        .collect();
    assert_eq!(ids, reference::order_of_reports(facts), "seed {seed}");
}

/// Numbers are asked for while events arrive: a part has come of one log, nothing of another.
#[tokio::test]
async fn numbers_and_lists_agree_at_every_moment_on_the_way() {
    let database = TestDatabase::create(Database::Reporting).await;
    let mut rng = StdRng::seed_from_u64(7);
    let facts = history::random(&mut rng);
    let mut journal = Journal::of(&facts, &mut rng);
    let reader = Reader::new(&database.pool, facts.team);
    while let Some(event) = next_event(&mut journal, &mut rng) {
        in_any_order(&database.pool, &event, &mut rng).await;
        assert_consistent(&database.pool).await;
        for broadcast in &facts.broadcasts {
            let Ok(report) = reader.report(broadcast.id).await else {
                continue;
            };
            let parts =
                report.sent + report.failed + report.unknown + report.not_sent + report.pending;
            assert_eq!(report.audience, parts);
            for list in EVERY_LIST {
                reader.recipients(broadcast.id, list, 1_000).await;
            }
        }
    }
}

/// Takes the next event of a random partition out of `journal`.
fn next_event(journal: &mut Journal, rng: &mut StdRng) -> Option<Journal> {
    let mut taken = Journal::default();
    let logs = [
        (&mut journal.contacts, &mut taken.contacts),
        (&mut journal.broadcasts, &mut taken.broadcasts),
        (&mut journal.ingress, &mut taken.ingress),
    ];
    let mut partitions = Vec::new();
    for (log, taken) in logs {
        let waiting = log.iter_mut().filter(|partition| !partition.is_empty());
        let waiting: Vec<_> = waiting.collect();
        if !waiting.is_empty() {
            partitions.push((waiting, taken));
        }
    }
    if partitions.is_empty() {
        return None;
    }
    let log = rng.random_range(0..partitions.len());
    let (waiting, taken_of_log) = &mut partitions[log];
    let partition = rng.random_range(0..waiting.len());
    taken_of_log.push(vec![waiting[partition].remove(0)]);
    drop(partitions);
    Some(taken)
}
