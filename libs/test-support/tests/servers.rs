use async_nats::jetstream::stream;
use sqlx::query_scalar;
use test_support::{Database, TestDatabase, TestNats};

#[tokio::test]
async fn every_database_can_be_migrated() {
    for database in Database::ALL {
        let test = TestDatabase::create(database).await;
        let pending: i64 = query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE NOT success")
            .fetch_one(&test.pool)
            .await
            .unwrap();
        assert_eq!(pending, 0, "{}", database.name());
    }
}

#[tokio::test]
async fn two_tests_do_not_see_each_other() {
    let (one, other) = tokio::join!(
        TestDatabase::create(Database::Contacts),
        TestDatabase::create(Database::Contacts)
    );
    sqlx::query("CREATE TABLE seen ()")
        .execute(&one.pool)
        .await
        .unwrap();

    sqlx::query("SELECT FROM seen")
        .fetch_all(&one.another_pool().await)
        .await
        .unwrap();
    sqlx::query("SELECT FROM seen")
        .fetch_all(&other.pool)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_killed_nats_comes_back_with_what_it_stored() {
    let mut nats = TestNats::start().await;
    let config = stream::Config {
        name: "kept".to_owned(),
        ..stream::Config::default()
    };
    nats.jetstream.create_stream(config).await.unwrap();
    nats.kill();

    nats.start_again().await;

    nats.jetstream.get_stream("kept").await.unwrap();
}
