use event_bus::ConsistencyToken;
use event_store::{EventStore, read_heads};
use sqlx::PgPool;

/// What a read model has once it has everything that is in the log now.
pub(crate) async fn until_now(pool: &PgPool, store: &EventStore) -> sqlx::Result<ConsistencyToken> {
    let log = store.meta().name.as_str();
    let heads = read_heads(pool).await?;
    Ok(heads
        .into_iter()
        .fold(ConsistencyToken::default(), |token, at| token.and(log, at)))
}
