//! What `fanfare up` starts.

use local_stack::{Database, LocalStack, create_database, migrate};
use sqlx::PgPool;

use crate::support::another_root;

#[tokio::test]
async fn a_stack_keeps_its_data_from_one_run_to_the_next() {
    let root = another_root(0o755);
    let stack = LocalStack::start_beside(root.path(), None, None, |_| {}).unwrap();
    async_nats::connect(stack.nats_url()).await.unwrap();
    for database in Database::ALL {
        create_database(&stack.admin_url(), database.name())
            .await
            .unwrap();
        let pool = PgPool::connect(&stack.database_url(database.name()))
            .await
            .unwrap();
        migrate(database, &pool).await.unwrap();
        pool.close().await;
    }

    drop(stack);
    let stack = LocalStack::start_beside(root.path(), None, None, |_| {}).unwrap();

    create_database(&stack.admin_url(), "contacts")
        .await
        .unwrap();
    let pool = PgPool::connect(&stack.database_url("contacts"))
        .await
        .unwrap();
    let migrations: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(migrations > 0);
    migrate(Database::Contacts, &pool).await.unwrap();
}

#[test]
fn two_checkouts_run_at_once_but_not_one_twice() {
    let [one, other] = [another_root(0o755), another_root(0o755)];
    let stack = LocalStack::start_beside(one.path(), None, None, |_| {}).unwrap();
    let another = LocalStack::start_beside(other.path(), None, None, |_| {}).unwrap();
    assert_ne!(stack.admin_url(), another.admin_url());
    assert_ne!(stack.nats_url(), another.nats_url());

    let error = LocalStack::start_beside(one.path(), None, None, |_| {}).unwrap_err();
    assert!(error.to_string().contains("already runs"), "{error:#}");
}

#[test]
fn servers_that_are_given_are_used_as_they_are() {
    let root = tempfile::TempDir::new().unwrap();
    let database_url = "postgres://someone@elsewhere/theirs?sslmode=require".to_owned();
    let nats_url = "nats://elsewhere".to_owned();

    let stack =
        LocalStack::start_beside(root.path(), Some(database_url), Some(nats_url), |_| {}).unwrap();

    assert_eq!(
        stack.database_url("contacts"),
        "postgres://someone@elsewhere/contacts?sslmode=require"
    );
    assert_eq!(stack.nats_url(), "nats://elsewhere");
    assert!(!root.path().join("tools").exists());
}
