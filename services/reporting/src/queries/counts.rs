use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use sqlx::PgTransaction;
use uuid::Uuid;

use super::People;
use crate::outcome_status as status;

/// What is counted of a broadcast, from the rows that its lists are read from.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) outcomes: Vec<OutcomeCount>,
    pub(crate) left_out: Vec<LeftOutCount>,
    pub(crate) clicked: i64,
    pub(crate) attributed: Vec<Attributed>,
}

#[derive(Debug)]
pub(crate) struct OutcomeCount {
    pub(crate) status: i16,
    pub(crate) told: i16,
    pub(crate) failure_class: i16,
    pub(crate) code: String,
    pub(crate) people: i64,
}

#[derive(Debug)]
pub(crate) struct LeftOutCount {
    pub(crate) reason: i16,
    pub(crate) people: i64,
}

/// The orders of a broadcast in one currency.
#[derive(Debug)]
pub(crate) struct Attributed {
    pub(crate) currency: String,
    pub(crate) orders: i64,
    /// A whole number of any length: a sum may be more than fits an amount.
    pub(crate) minor_units: String,
}

impl Counts {
    pub(crate) fn audience(&self) -> i64 {
        self.outcomes.iter().map(|count| count.people).sum()
    }

    pub(crate) fn of(&self, people: &People) -> i64 {
        let counts = self.outcomes.iter();
        let counts = counts.filter(|count| people.have(count.status, count.told, &count.code));
        counts.map(|count| count.people).sum()
    }

    /// Those who failed by class and code, the most frequent first.
    pub(crate) fn failures(&self) -> Vec<((i16, &str), i64)> {
        let mut sums: BTreeMap<(i16, &str), i64> = BTreeMap::new();
        for count in &self.outcomes {
            if count.status == status::FAILED {
                let sum = sums.entry((count.failure_class, &count.code));
                *sum.or_default() += count.people;
            }
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(_, people)| Reverse(*people));
        sums
    }

    pub(crate) fn left_out(&self) -> i64 {
        self.left_out.iter().map(|count| count.people).sum()
    }

    pub(crate) fn orders(&self) -> i64 {
        self.attributed
            .iter()
            .map(|attributed| attributed.orders)
            .sum()
    }
}

/// Counts several broadcasts at once. One of which there is nothing to count is not among them.
pub(crate) async fn count(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Counts>> {
    let mut counts: HashMap<Uuid, Counts> = HashMap::new();
    count_people(tx, team_id, broadcast_ids, &mut counts).await?;
    count_responses(tx, team_id, broadcast_ids, &mut counts).await?;
    Ok(counts)
}

async fn count_people(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_ids: &[Uuid],
    counts: &mut HashMap<Uuid, Counts>,
) -> sqlx::Result<()> {
    let outcomes = sqlx::query!(
        r#"SELECT broadcast_id, status, told, failure_class, code, sum(places) AS "people!"
         FROM outcome_runs
         WHERE team_id = $1 AND broadcast_id = ANY($2)
         GROUP BY broadcast_id, status, told, failure_class, code"#,
        team_id,
        broadcast_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in outcomes {
        counts
            .entry(row.broadcast_id)
            .or_default()
            .outcomes
            .push(OutcomeCount {
                status: row.status,
                told: row.told,
                failure_class: row.failure_class,
                code: row.code,
                people: row.people,
            });
    }

    let left_out = sqlx::query!(
        r#"SELECT broadcast_id, reason, sum(contacts) AS "people!"
         FROM exclusions
         WHERE team_id = $1 AND broadcast_id = ANY($2)
         GROUP BY broadcast_id, reason
         ORDER BY reason"#,
        team_id,
        broadcast_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in left_out {
        counts
            .entry(row.broadcast_id)
            .or_default()
            .left_out
            .push(LeftOutCount {
                reason: row.reason,
                people: row.people,
            });
    }
    Ok(())
}

async fn count_responses(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_ids: &[Uuid],
    counts: &mut HashMap<Uuid, Counts>,
) -> sqlx::Result<()> {
    let clicked = sqlx::query!(
        r#"SELECT broadcast_id, count(*) AS "people!"
         FROM clickers
         WHERE team_id = $1 AND broadcast_id = ANY($2)
         GROUP BY broadcast_id"#,
        team_id,
        broadcast_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in clicked {
        counts.entry(row.broadcast_id).or_default().clicked = row.people;
    }

    let attributed = sqlx::query!(
        r#"SELECT attributions.broadcast_id, orders.currency, count(*) AS "orders!",
                sum(orders.minor_units)::text AS "minor_units!"
         FROM attributions
         JOIN orders USING (team_id, order_id)
         WHERE team_id = $1 AND attributions.broadcast_id = ANY($2)
         GROUP BY attributions.broadcast_id, orders.currency
         ORDER BY orders.currency"#,
        team_id,
        broadcast_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in attributed {
        counts
            .entry(row.broadcast_id)
            .or_default()
            .attributed
            .push(Attributed {
                currency: row.currency,
                orders: row.orders,
                minor_units: row.minor_units,
            });
    }
    Ok(())
}

/// Whether the team's shop has ever told of an order.
pub(crate) async fn tracking_connected(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM orders WHERE team_id = $1) AS "connected!""#,
        team_id,
    )
    .fetch_one(&mut **tx)
    .await
}
