use events::broadcasts::AudienceFrozen;
use sqlx::PgPool;
use test_support::{Database, TestDatabase};
use uuid::Uuid;

use super::{Attempt, StagedChunk, discard, find_whole, staged_chunks};

const TEAM: Uuid = Uuid::from_u128(0xa);
const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
const BROADCAST: Uuid = Uuid::from_u128(1);

async fn begin(pool: &PgPool) -> Option<Attempt> {
    let begun = Attempt::begin(pool, TEAM, ACCOUNT, BROADCAST).await;
    begun.unwrap()
}

fn chunk(index: i32) -> StagedChunk {
    StagedChunk {
        chunk_id: Uuid::new_v4(),
        index,
        contact_ids: vec![7; 16],
        sealed_addresses: vec![7],
    }
}

async fn stage(pool: &PgPool, attempt: Attempt, index: i32) -> bool {
    attempt.stage(pool, &[chunk(index)], &[]).await.unwrap()
}

async fn staged(pool: &PgPool) -> Vec<i32> {
    let chunks = staged_chunks(pool, BROADCAST, -1, 10).await.unwrap();
    chunks.iter().map(|chunk| chunk.chunk_index).collect()
}

fn frozen(included: i64) -> AudienceFrozen {
    AudienceFrozen {
        included,
        ..AudienceFrozen::default()
    }
}

#[tokio::test]
async fn an_attempt_whose_place_was_taken_stores_nothing_more() {
    let database = TestDatabase::create(Database::Broadcast).await;
    let pool = &database.pool;
    let first = begin(pool).await.unwrap();
    assert!(stage(pool, first, 0).await);

    let second = begin(pool).await.unwrap();
    assert!(staged(pool).await.is_empty());
    assert!(!stage(pool, first, 1).await);
    assert!(!first.finish(pool, &frozen(1)).await.unwrap());
    assert!(stage(pool, second, 0).await);
    assert!(second.finish(pool, &frozen(2)).await.unwrap());

    assert_eq!(staged(pool).await, [0]);
    let whole = find_whole(pool, BROADCAST).await.unwrap();
    assert_eq!(whole, Some(frozen(2)));
}

#[tokio::test]
async fn an_audience_that_was_staged_whole_gives_its_place_to_no_other() {
    let database = TestDatabase::create(Database::Broadcast).await;
    let pool = &database.pool;
    let first = begin(pool).await.unwrap();
    assert!(stage(pool, first, 0).await);
    assert!(first.finish(pool, &frozen(1)).await.unwrap());

    assert!(begin(pool).await.is_none());
    assert!(!stage(pool, first, 1).await, "nor does it grow");
    discard(pool, BROADCAST, None).await.unwrap();
    discard(pool, BROADCAST, Some(&frozen(2))).await.unwrap();
    assert_eq!(staged(pool).await, [0]);

    discard(pool, BROADCAST, Some(&frozen(1))).await.unwrap();
    assert!(staged(pool).await.is_empty());
}

#[tokio::test]
async fn an_attempt_waits_for_what_the_one_before_is_storing_and_throws_it_away() {
    let database = TestDatabase::create(Database::Broadcast).await;
    let pool = &database.pool;
    let first = begin(pool).await.unwrap();
    // As `stage` does it, up to the commit of a process that was killed.
    let mut late = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM dispatch_audiences WHERE attempt_id = $1 FOR SHARE")
        .bind(first.attempt_id)
        .execute(&mut *late)
        .await
        .unwrap();
    first.insert_chunks(&mut late, &[chunk(5)]).await.unwrap();

    let (begun, ()) = tokio::join!(begin(pool), async {
        test_support::eventually("the second attempt waits", async || {
            let waiting: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock')",
            )
            .fetch_one(pool)
            .await
            .unwrap();
            waiting.then_some(())
        })
        .await;
        late.commit().await.unwrap();
    });
    assert!(begun.is_some());
    assert!(staged(pool).await.is_empty());
}
