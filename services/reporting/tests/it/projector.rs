//! Applies logs to a read model as consumers would: partition by partition, in batches.

use event_bus::{Handler, HandlerError};
use event_store::LoggedEvent;
use futures_util::future::join_all;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reporting::{Accounts, Sends, Visits};
use sqlx::PgPool;
use test_support::{Database, TestDatabase};

use crate::{facts::Facts, journal::Journal};

/// Some consecutive events of one partition, for one handler.
#[derive(Debug, Clone)]
enum Batch {
    Contacts(Vec<LoggedEvent>),
    Broadcasts(Vec<LoggedEvent>),
    Ingress(Vec<LoggedEvent>),
}

/// A read model that is filled from `facts`.
pub(crate) async fn projected(facts: &Facts) -> TestDatabase {
    let database = TestDatabase::create(Database::Reporting).await;
    project(&database.pool, facts).await;
    database
}

pub(crate) async fn project(pool: &PgPool, facts: &Facts) {
    let mut rng = StdRng::seed_from_u64(1);
    concurrently(pool, &Journal::of(facts, &mut rng), &mut rng).await;
}

/// One batch at a time, from whichever partition.
pub(crate) async fn in_any_order(pool: &PgPool, journal: &Journal, rng: &mut StdRng) {
    let mut partitions = batches(journal, rng);
    while !partitions.is_empty() {
        let chosen = rng.random_range(0..partitions.len());
        match partitions[chosen].pop() {
            Some(batch) => apply(pool, &batch).await.unwrap(),
            None => drop(partitions.swap_remove(chosen)),
        }
    }
}

/// All partitions at once.
pub(crate) async fn concurrently(pool: &PgPool, journal: &Journal, rng: &mut StdRng) {
    let partitions = batches(journal, rng)
        .into_iter()
        .map(|mut partition| async move {
            while let Some(batch) = partition.pop() {
                apply(pool, &batch).await.unwrap();
            }
        });
    join_all(partitions).await;
}

pub(crate) async fn apply_to<H: Handler>(
    handler: H,
    pool: &PgPool,
    events: &[LoggedEvent],
) -> Result<(), HandlerError> {
    let mut tx = pool.begin().await?;
    handler.apply(&mut tx, events).await?;
    tx.commit().await?;
    Ok(())
}

async fn apply(pool: &PgPool, batch: &Batch) -> Result<(), HandlerError> {
    match batch {
        Batch::Contacts(events) => apply_to(Accounts, pool, events).await,
        Batch::Broadcasts(events) => apply_to(Sends, pool, events).await,
        Batch::Ingress(events) => apply_to(Visits, pool, events).await,
    }
}

/// The partitions of all logs, each cut into batches at random, the last one first.
fn batches(journal: &Journal, rng: &mut StdRng) -> Vec<Vec<Batch>> {
    let mut all = Vec::new();
    for (log, batch) in [
        (&journal.contacts, Batch::Contacts as fn(_) -> _),
        (&journal.broadcasts, Batch::Broadcasts),
        (&journal.ingress, Batch::Ingress),
    ] {
        for partition in log {
            let mut rest = partition.as_slice();
            let mut batches = Vec::new();
            while !rest.is_empty() {
                let (head, tail) = rest.split_at(rng.random_range(1..=rest.len().min(1_000)));
                batches.push(batch(head.to_vec()));
                rest = tail;
            }
            batches.reverse();
            all.push(batches);
        }
    }
    all
}
