use sqlx::PgPool;
use test_support::{Database, TestDatabase};
use uuid::Uuid;

use super::{Attempt, StagedChunk, mark_erased, marked_chunks, rewrite};

const TEAM: Uuid = Uuid::from_u128(0xa);
const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
const BROADCAST: Uuid = Uuid::from_u128(1);
const CHUNK: Uuid = Uuid::from_u128(2);
const MIA: Uuid = Uuid::from_u128(11);
const AN: Uuid = Uuid::from_u128(12);

fn chunk() -> StagedChunk {
    StagedChunk {
        chunk_id: CHUNK,
        index: 0,
        contact_ids: events::join_ids([MIA, AN]),
        sealed_addresses: vec![7],
    }
}

async fn stage(pool: &PgPool) {
    let attempt = Attempt::begin(pool, TEAM, ACCOUNT, BROADCAST)
        .await
        .unwrap()
        .unwrap();
    assert!(attempt.stage(pool, &[chunk()], &[]).await.unwrap());
}

async fn erase(pool: &PgPool, team_id: Uuid, contact_ids: &[Uuid]) {
    let mut tx = pool.begin().await.unwrap();
    mark_erased(&mut tx, team_id, contact_ids).await.unwrap();
    tx.commit().await.unwrap();
}

/// Who is to be left out of the chunk, once it is handed over.
async fn marked(pool: &PgPool) -> Vec<Uuid> {
    sqlx::query("UPDATE dispatch_chunks SET state = 'ready'")
        .execute(pool)
        .await
        .unwrap();
    let chunks = marked_chunks(pool, 10).await.unwrap();
    chunks
        .iter()
        .flat_map(|chunk| events::ids(&chunk.erased))
        .collect()
}

#[tokio::test]
async fn who_is_deleted_is_found_whether_staged_before_or_after() {
    for staged_first in [true, false] {
        let database = TestDatabase::create(Database::Broadcast).await;
        let pool = &database.pool;
        if staged_first {
            stage(pool).await;
        }
        erase(pool, TEAM, &[AN, Uuid::from_u128(99)]).await;
        if !staged_first {
            stage(pool).await;
        }
        assert_eq!(marked(pool).await, [AN], "{staged_first}");
    }
}

#[tokio::test]
async fn who_is_deleted_while_the_audience_is_staged_is_found() {
    let database = TestDatabase::create(Database::Broadcast).await;
    let pool = &database.pool;
    for _ in 0..20 {
        tokio::join!(stage(pool), erase(pool, TEAM, &[AN]));
        assert_eq!(marked(pool).await, [AN]);
        sqlx::query("DELETE FROM dispatch_chunks")
            .execute(pool)
            .await
            .unwrap();
        sqlx::query("DELETE FROM erased_contacts")
            .execute(pool)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn another_team_deletes_nobody_of_this_one() {
    let database = TestDatabase::create(Database::Broadcast).await;
    let pool = &database.pool;
    stage(pool).await;
    erase(pool, Uuid::from_u128(0xb), &[AN]).await;
    assert!(marked(pool).await.is_empty());
}

#[tokio::test]
async fn who_is_marked_during_a_rewrite_stays_marked() {
    let database = TestDatabase::create(Database::Broadcast).await;
    let pool = &database.pool;
    stage(pool).await;
    erase(pool, TEAM, &[AN]).await;
    marked(pool).await;
    let found = marked_chunks(pool, 10).await.unwrap().remove(0);

    erase(pool, TEAM, &[MIA]).await;
    rewrite(pool, &found, Some(&[8])).await.unwrap();
    assert_eq!(marked(pool).await, [AN, MIA]);

    let found = marked_chunks(pool, 10).await.unwrap().remove(0);
    rewrite(pool, &found, Some(&[8])).await.unwrap();
    assert!(marked(pool).await.is_empty());
}
