//! How many people WhatsApp lets a business account reach within 24 hours. Meta tells the limit, and we count.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use channels::whatsapp::{DailyLimit, WhatsAppClient};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgPool, PgTransaction};
use tokio::time::Instant;
use tracing::warn;

const DAY: TimeDelta = TimeDelta::hours(24);
/// How long a limit is taken for true: Meta raises it within hours.
const FRESH: Duration = Duration::from_mins(10);
/// A limit may be raised while somebody waits for a place.
const WAIT_MAX: TimeDelta = TimeDelta::hours(1);

/// Of all business accounts.
#[derive(Debug, Clone)]
pub(crate) struct DailyPeople {
    pool: PgPool,
    known: Arc<Mutex<Limits>>,
}

/// By business account, and when Meta told it.
type Limits = HashMap<String, (Option<DailyLimit>, Instant)>;

/// Who may be sent to now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// Which of those who were asked for.
    pub(crate) places: Vec<usize>,
    /// If there are none: when there may be.
    pub(crate) wait: Option<Duration>,
}

impl DailyPeople {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            known: Arc::default(),
        }
    }

    /// As Meta told it a moment ago. `None`: it does not tell, and whatever goes beyond it is for Meta to refuse.
    pub(crate) async fn limit(
        &self,
        business_account_id: &str,
        number: &WhatsAppClient,
    ) -> Option<DailyLimit> {
        let before = self.known().get(business_account_id).copied();
        if let Some((limit, since)) = before
            && since.elapsed() < FRESH
        {
            return limit;
        }
        let limit = match number.number_info().await {
            Ok(number) => number.daily_limit(),
            Err(error) => {
                warn!(%error, "WhatsApp does not tell how many people may be reached");
                before.and_then(|(limit, _)| limit)
            }
        };
        let known = (limit, Instant::now());
        self.known().insert(business_account_id.to_owned(), known);
        limit
    }

    /// Counts as many of them as there is room for. Who was counted within 24 hours takes no room.
    ///
    /// They count from before they are sent to: a process that dies leaves too many counted, and never too few.
    pub(crate) async fn admit(
        &self,
        business_account_id: &str,
        limit: u64,
        people: &[[u8; 32]],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Admitted> {
        let mut tx = self.pool.begin().await.context("cannot count people")?;
        let counted = count(&mut tx, business_account_id, people, now).await;
        let (known, used) = counted.context("cannot count people")?;
        let mut room = limit.saturating_sub(used);
        let mut places = Vec::new();
        for (place, person) in people.iter().enumerate() {
            if known.contains(person.as_slice()) {
                places.push(place);
            } else if room > 0 {
                room -= 1;
                places.push(place);
            }
        }
        let admitted: Vec<Vec<u8>> = places
            .iter()
            .filter_map(|place| Some(people.get(*place)?.to_vec()))
            .collect();
        let wait = if places.is_empty() {
            Some(wait(&mut tx, business_account_id, now).await?)
        } else {
            None
        };
        remember(&mut tx, business_account_id, &admitted, now)
            .await
            .context("cannot remember who is sent to")?;
        tx.commit().await.context("cannot count people")?;
        Ok(Admitted { places, wait })
    }

    fn known(&self) -> MutexGuard<'_, Limits> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who of them was counted before, and how many are in all. Nobody else counts at the same time.
async fn count(
    tx: &mut PgTransaction<'_>,
    business_account_id: &str,
    people: &[[u8; 32]],
    now: DateTime<Utc>,
) -> sqlx::Result<(HashSet<Vec<u8>>, u64)> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        business_account_id,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "DELETE FROM whatsapp_people WHERE business_account_id = $1 AND sent_at <= $2",
        business_account_id,
        now - DAY,
    )
    .execute(&mut **tx)
    .await?;
    let asked: Vec<Vec<u8>> = people.iter().map(|person| person.to_vec()).collect();
    let known = sqlx::query_scalar!(
        "SELECT person FROM whatsapp_people WHERE business_account_id = $1 AND person = ANY($2)",
        business_account_id,
        &asked,
    )
    .fetch_all(&mut **tx)
    .await?;
    let used = sqlx::query_scalar!(
        r#"SELECT count(*) AS "used!" FROM whatsapp_people WHERE business_account_id = $1"#,
        business_account_id,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((
        known.into_iter().collect(),
        u64::try_from(used).unwrap_or_default(),
    ))
}

async fn remember(
    tx: &mut PgTransaction<'_>,
    business_account_id: &str,
    people: &[Vec<u8>],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO whatsapp_people (business_account_id, person, sent_at)
         SELECT DISTINCT $1, person, $3::timestamptz FROM unnest($2::bytea[]) AS person
         ON CONFLICT (business_account_id, person) DO UPDATE SET sent_at = excluded.sent_at",
        business_account_id,
        people,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Until whoever was counted first counts no more.
async fn wait(
    tx: &mut PgTransaction<'_>,
    business_account_id: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<Duration> {
    let first = sqlx::query_scalar!(
        "SELECT min(sent_at) FROM whatsapp_people WHERE business_account_id = $1",
        business_account_id,
    )
    .fetch_one(&mut **tx)
    .await
    .context("cannot tell when there will be room")?;
    let wait = first.map_or(WAIT_MAX, |first| first + DAY - now);
    let wait = wait.clamp(TimeDelta::seconds(1), WAIT_MAX);
    Ok(wait.to_std().unwrap_or_default())
}
