use std::time::Instant;

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    Options,
    events::{CATEGORY, EVENT_TYPE, TEAM, Workload},
};
use crate::tasks;

const CONNECTIONS: i16 = 2;
const STATEMENT_ROWS: u64 = 1_000;

/// A copy of the log's table and its indexes, with nothing round it. SQL of a table that is only
/// here can't be checked when this is compiled.
const TABLE: &str = "CREATE TABLE raw_events (LIKE log_events INCLUDING ALL)";
const INSERT: &str = "
    INSERT INTO raw_events (partition, position, stream_id, version, event_id, event_type, category,
                            team_id, recorded_at, payload, metadata)
    SELECT $1, x.position, x.stream, x.version, x.id, x.type, x.category, x.team,
           clock_timestamp(), x.payload, x.metadata
    FROM unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::text[],
                $8::uuid[], $9::bytea[], $10::bytea[])
         x(position, stream, version, id, type, category, team, payload, metadata)";

/// How many events a second Postgres takes at best: the same bytes, a thousand rows a statement,
/// nothing looked up and nobody waiting.
pub(super) async fn measure(
    pool: &PgPool,
    workload: &Workload,
    options: &Options,
) -> anyhow::Result<f64> {
    sqlx::raw_sql(TABLE)
        .execute(pool)
        .await
        .context("cannot make the table")?;
    let statements = options
        .events
        .div_ceil(STATEMENT_ROWS * u64::from(CONNECTIONS.unsigned_abs()));
    let mut writers = Vec::new();
    for partition in 0..CONNECTIONS {
        let connection = PgConnection::connect_with(&pool.connect_options()).await?;
        let mut writer = Writer {
            connection,
            workload: workload.clone(),
            partition,
            written: 0,
        };
        // The first statement also opens, plans and caches.
        writer.insert().await?;
        writers.push(writer);
    }
    let started = Instant::now();
    let deadline = started + options.time_max();
    let mut tasks = JoinSet::new();
    for mut writer in writers {
        tasks.spawn(async move {
            let before = writer.written;
            for _ in 0..statements {
                if Instant::now() > deadline {
                    break;
                }
                writer.insert().await?;
            }
            anyhow::Ok(writer.written - before)
        });
    }
    let written: u64 = tasks::all(tasks).await?.into_iter().sum();
    Ok(per_second(written, started))
}

struct Writer {
    connection: PgConnection,
    workload: Workload,
    partition: i16,
    written: u64,
}

impl Writer {
    async fn insert(&mut self) -> anyhow::Result<()> {
        let numbers = self.written..self.written + STATEMENT_ROWS;
        let rows = numbers.clone().count();
        let positions: Vec<i64> = numbers.clone().map(|nth| nth.cast_signed() + 1).collect();
        let ids = || numbers.clone().map(|_| Uuid::now_v7()).collect::<Vec<_>>();
        let payloads: Vec<&[u8]> = numbers
            .clone()
            .map(|nth| self.workload.payload(nth))
            .collect();
        let metadata: Vec<&[u8]> = numbers
            .clone()
            .map(|nth| self.workload.metadata(nth))
            .collect();
        sqlx::query(INSERT)
            .bind(self.partition)
            .bind(positions)
            .bind(ids())
            .bind(vec![1_i64; rows])
            .bind(ids())
            .bind(vec![EVENT_TYPE; rows])
            .bind(vec![CATEGORY; rows])
            .bind(vec![TEAM; rows])
            .bind(payloads)
            .bind(metadata)
            .execute(&mut self.connection)
            .await
            .context("cannot insert")?;
        self.written = numbers.end;
        Ok(())
    }
}

/// Events a second since `started`.
#[expect(clippy::cast_precision_loss, reason = "no run has 2^52 events")]
pub(super) fn per_second(events: u64, started: Instant) -> f64 {
    events as f64 / started.elapsed().as_secs_f64()
}
