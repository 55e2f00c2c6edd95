use sqlx::{PgPool, PgTransaction};

/// A transaction that sees one moment of the read model, so that what is read in it adds up.
pub(crate) async fn snapshot(pool: &PgPool) -> sqlx::Result<PgTransaction<'static>> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
}
