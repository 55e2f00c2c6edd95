//! The read model can be thrown away: the logs make it again, to the same content.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sqlx::{AssertSqlSafe, PgPool};
use test_support::{Database, TestDatabase};

use crate::{
    facts::Facts,
    history,
    journal::Journal,
    projector::{concurrently, in_any_order},
    reader::Reader,
};

const TABLES: [&str; 9] = [
    "account_terms",
    "attributions",
    "broadcasts",
    "chunks",
    "clickers",
    "clicks",
    "exclusions",
    "orders",
    "outcome_runs",
];

/// All rows of all tables, as text.
async fn content(pool: &PgPool) -> Vec<String> {
    let mut content = Vec::new();
    for table in TABLES {
        let query = format!("SELECT {table}::text FROM {table} ORDER BY 1");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(pool)
            .await
            .unwrap();
        content.extend(rows.into_iter().map(|row| format!("{table} {row}")));
    }
    content
}

fn rich_history(rng: &mut StdRng) -> Facts {
    loop {
        let facts = history::random(rng);
        let people: usize = facts
            .broadcasts
            .iter()
            .map(|broadcast| broadcast.chunks.len())
            .sum();
        if people > 5 && facts.orders.len() > 10 && facts.clicks.len() > 20 {
            return facts;
        }
    }
}

#[tokio::test]
async fn the_content_is_the_same_whatever_comes_first() {
    let mut rng = StdRng::seed_from_u64(11);
    let facts = rich_history(&mut rng);
    let journal = Journal::of(&facts, &mut rng);

    let first = TestDatabase::create(Database::Reporting).await;
    in_any_order(&first.pool, &journal, &mut rng).await;
    let expected = content(&first.pool).await;
    assert!(expected.iter().any(|row| row.starts_with("attributions")));
    for attempt in 0..8 {
        let other = TestDatabase::create(Database::Reporting).await;
        if rng.random() {
            in_any_order(&other.pool, &journal, &mut rng).await;
        } else {
            concurrently(&other.pool, &journal, &mut rng).await;
        }
        assert_eq!(content(&other.pool).await, expected, "attempt {attempt}");
    }
}

#[tokio::test]
async fn a_rebuilt_read_model_tells_the_same() {
    let mut rng = StdRng::seed_from_u64(12);
    let facts = rich_history(&mut rng);
    let journal = Journal::of(&facts, &mut rng);
    let database = TestDatabase::create(Database::Reporting).await;
    concurrently(&database.pool, &journal, &mut rng).await;
    let reader = Reader::new(&database.pool, facts.team);
    let (rows, reports) = (content(&database.pool).await, reader.reports(10).await);

    let tables = TABLES.join(", ");
    let empty = format!("TRUNCATE {tables}, visitors, checkpoints");
    sqlx::query(AssertSqlSafe(empty))
        .execute(&database.pool)
        .await
        .unwrap();
    assert!(reader.reports(10).await.is_empty());
    concurrently(&database.pool, &journal, &mut rng).await;

    assert_eq!(content(&database.pool).await, rows);
    assert_eq!(reader.reports(10).await, reports);
}
