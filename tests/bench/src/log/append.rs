use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use event_store::{Append, EventStore, LogConfig};
use serde::Serialize;
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::{Options, events::Workload, raw::per_second};
use crate::{latency::Latency, tasks};

/// Appends of each caller that are not counted: connections open, and plans are made.
const WARM_UP: u64 = 8;

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// At any version, with no receipt.
    Fact,
    /// At a version, with a receipt.
    Command,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Appends {
    pub(super) events_per_second: f64,
    #[serde(flatten)]
    pub(super) latency: Latency,
}

/// How many events a second the store takes from callers that each wait for their answer.
pub(super) async fn measure(
    pool: &PgPool,
    workload: &Workload,
    kind: Kind,
    options: &Options,
) -> anyhow::Result<Appends> {
    let config = LogConfig {
        name: "contacts",
        partitions: options.partitions,
    };
    let (store, appender) = EventStore::open(pool.clone(), &config).await?;
    let mut lanes = JoinSet::new();
    lanes.spawn(appender.run());

    let callers = Callers {
        store,
        workload: workload.clone(),
        kind,
    };
    let warm_up = WARM_UP * u64::from(options.callers);
    callers
        .append(options.callers, warm_up, options.time_max())
        .await?;
    let started = Instant::now();
    let times = callers
        .append(options.callers, options.events, options.time_max())
        .await?;
    let events_per_second = per_second(times.len() as u64, started);

    drop(callers);
    lanes.join_next().await;
    check(pool, warm_up + times.len() as u64).await?;
    let latency = Latency::of(times)?.context("nothing was appended")?;
    Ok(Appends {
        events_per_second,
        latency,
    })
}

#[derive(Clone)]
struct Callers {
    store: EventStore,
    workload: Workload,
    kind: Kind,
}

impl Callers {
    /// How long each of `events` appends took.
    async fn append(
        &self,
        callers: u32,
        events: u64,
        time_max: Duration,
    ) -> anyhow::Result<Vec<Duration>> {
        let next = Arc::new(AtomicU64::new(0));
        let deadline = Instant::now() + time_max;
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            let (caller, next) = (self.clone(), Arc::clone(&next));
            tasks.spawn(async move {
                let mut times = Vec::new();
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= events || Instant::now() > deadline {
                        return anyhow::Ok(times);
                    }
                    let command = caller.command(nth);
                    let started = Instant::now();
                    caller.store.append(command).await?;
                    times.push(started.elapsed());
                }
            });
        }
        Ok(tasks::all(tasks).await?.concat())
    }

    fn command(&self, nth: u64) -> Append {
        match self.kind {
            Kind::Fact => self.workload.fact(nth),
            Kind::Command => self.workload.command(nth),
        }
    }
}

/// Every partition has each position from 1 to its head once, and together they have `events`.
async fn check(pool: &PgPool, events: u64) -> anyhow::Result<()> {
    let (rows, dense): (i64, bool) = sqlx::query_as(
        "SELECT COALESCE(sum(p.events), 0)::bigint,
                COALESCE(bool_and(p.events = p.last AND p.first = 1 AND p.last = h.position), true)
         FROM log_heads h
         JOIN (SELECT partition, count(*) AS events, min(position) AS first, max(position) AS last
               FROM log_events GROUP BY partition) p USING (partition)",
    )
    .fetch_one(pool)
    .await?;
    anyhow::ensure!(dense, "the log has a gap");
    anyhow::ensure!(
        rows.unsigned_abs() == events,
        "{events} events were answered, the log has {rows}"
    );
    Ok(())
}
