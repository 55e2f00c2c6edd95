use std::time::Instant;

use event_store::{LogPosition, read_log};
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::{Options, raw::per_second};
use crate::tasks;

/// As many as a consumer reads at a time.
const PAGE_EVENTS: i64 = 1_000;

/// How many events a second come out of the log, all partitions at once.
pub(super) async fn measure(pool: &PgPool, options: &Options) -> anyhow::Result<f64> {
    let started = Instant::now();
    let deadline = started + options.time_max();
    let mut tasks = JoinSet::new();
    for partition in 0..options.partitions {
        tasks.spawn(read(pool.clone(), partition, deadline));
    }
    let events: u64 = tasks::all(tasks).await?.into_iter().sum();
    Ok(per_second(events, started))
}

async fn read(pool: PgPool, partition: i16, deadline: Instant) -> anyhow::Result<u64> {
    let mut after = LogPosition {
        partition,
        position: 0,
    };
    let mut events = 0;
    while Instant::now() < deadline {
        let page = read_log(&pool, after, PAGE_EVENTS).await?;
        let Some(last) = page.last() else { break };
        after = last.at;
        events += page.len() as u64;
    }
    Ok(events)
}
