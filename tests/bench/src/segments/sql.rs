use std::time::Instant;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, PgPool};

use super::{Options, questions::Question};
use crate::latency::Latency;

/// A table is asked seldom enough for the run to end.
const SAMPLES_MAX: u32 = 30;

/// The same rows with every index that somebody would give them who had nothing else.
const TABLE: &str = "
    CREATE TABLE sql_contacts AS
        SELECT team_id, ordinal, contact_id, account_id, status, tag_ids, subscribed_at,
               last_interaction_at, name_key, sealed_profile
        FROM contacts;
    ALTER TABLE sql_contacts ADD PRIMARY KEY (team_id, ordinal);
    CREATE INDEX ON sql_contacts USING gin (tag_ids);
    CREATE INDEX ON sql_contacts (team_id, subscribed_at);
    CREATE INDEX ON sql_contacts (team_id, last_interaction_at);
    CREATE INDEX ON sql_contacts (name_key);
    VACUUM ANALYZE sql_contacts;";

pub(super) async fn prepare(pool: &PgPool) -> anyhow::Result<()> {
    for statement in TABLE
        .split_inclusive(';')
        .filter(|text| !text.trim().is_empty())
    {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(pool)
            .await
            .context("cannot make the table for hand-written SQL")?;
    }
    Ok(())
}

/// Count and page, one after the other. No key is asked for, and nothing opened.
pub(super) async fn ask(
    pool: &PgPool,
    question: &Question,
    options: &Options,
) -> anyhow::Result<Option<Latency>> {
    let Some(condition) = &question.sql else {
        return Ok(None);
    };
    let team = "team_id = (SELECT team_id FROM sql_contacts LIMIT 1)";
    let count = format!("SELECT count(*) FROM sql_contacts WHERE {team} AND {condition}");
    let page = format!(
        "SELECT contact_id, sealed_profile FROM sql_contacts
         WHERE {team} AND status = 1 AND {condition} ORDER BY ordinal LIMIT 50 OFFSET {}",
        question.skip
    );
    let mut times = Vec::new();
    for _ in 0..options.samples.min(SAMPLES_MAX) {
        let started = Instant::now();
        for statement in [&count, &page] {
            sqlx::query(AssertSqlSafe(statement.as_str()))
                .fetch_all(pool)
                .await?;
        }
        times.push(started.elapsed());
    }
    Latency::of(times)
}
