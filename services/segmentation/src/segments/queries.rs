use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// A version of a segment.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) segment_id: Uuid,
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) account_id: Option<Uuid>,
    pub(super) sealed_filter: Vec<u8>,
    pub(super) saved_at: DateTime<Utc>,
}

/// A version of a team's segment; the latest where `version` is 0.
pub(super) async fn find(
    pool: &PgPool,
    team_id: Uuid,
    segment_id: Uuid,
    version: i64,
) -> sqlx::Result<Option<Saved>> {
    sqlx::query_as!(
        Saved,
        "SELECT segment_id, version, name, account_id, sealed_filter, saved_at FROM segment_versions
         WHERE team_id = $1 AND segment_id = $2 AND ($3::bigint = 0 OR version = $3)
         ORDER BY version DESC LIMIT 1",
        team_id,
        segment_id,
        version,
    )
    .fetch_optional(pool)
    .await
}

/// A team's segments in their latest versions, by name, after one of them.
pub(super) async fn list(
    pool: &PgPool,
    team_id: Uuid,
    after: &(String, Uuid),
    limit: i64,
) -> sqlx::Result<Vec<Saved>> {
    sqlx::query_as!(
        Saved,
        r#"SELECT segment_id, version, name, account_id, sealed_filter, saved_at
         FROM (SELECT DISTINCT ON (segment_id) * FROM segment_versions WHERE team_id = $1
               ORDER BY segment_id, version DESC) AS latest
         WHERE (name, segment_id) > ($2, $3)
         ORDER BY name, segment_id LIMIT $4"#,
        team_id,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(pool)
    .await
}

pub(super) async fn has_account(
    pool: &PgPool,
    team_id: Uuid,
    account_id: Uuid,
) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM accounts WHERE account_id = $1 AND team_id = $2) AS "found!""#,
        account_id,
        team_id,
    )
    .fetch_one(pool)
    .await?;
    Ok(found)
}
