use chrono::{DateTime, Utc};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use proto::segmentation::v1::ResolveAudienceResponse;
use sqlx::{FromRow, PgPool, PgTransaction, QueryBuilder};
use tonic::Status;
use uuid::Uuid;

use crate::sql::{Scope, push_where};

/// People in a page, which is then about 400 KB.
const PAGE_PEOPLE: i64 = 5_000;

/// A cursor is planned for its first rows unless told otherwise, and all are wanted here: for few
/// who match, that is an index on what they are chosen by, instead of a walk over the account.
const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
                        SET LOCAL cursor_tuple_fraction = 1.0";

#[derive(Debug, FromRow)]
struct Person {
    contact_id: Uuid,
    address: String,
    status: i16,
    last_interaction_at: Option<DateTime<Utc>>,
}

/// Streams everyone who matches and has an address, as of one moment.
///
/// One read-only snapshot holds over all pages: somebody who is tagged meanwhile is in all of it or
/// in none. The cursor reads no further than the receiver takes.
pub(crate) async fn resolve(
    pool: &PgPool,
    scope: &Scope,
) -> sqlx::Result<BoxStream<'static, Result<ResolveAudienceResponse, Status>>> {
    let mut tx = pool.begin().await?;
    sqlx::raw_sql(SNAPSHOT).execute(&mut *tx).await?;
    let mut declare = QueryBuilder::new(
        "DECLARE audience NO SCROLL CURSOR FOR
         SELECT contact_id, address, status, last_interaction_at FROM contacts",
    );
    push_where(&mut declare, scope);
    declare.push(" AND address IS NOT NULL ORDER BY contact_id");
    declare.build().execute(&mut *tx).await?;

    Ok(stream::try_unfold(tx, |mut tx| async move {
        let page = fetch(&mut tx)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok((!page.contact_ids.is_empty()).then_some((page, tx)))
    })
    .boxed())
}

async fn fetch(tx: &mut PgTransaction<'_>) -> sqlx::Result<ResolveAudienceResponse> {
    let mut query = QueryBuilder::new("FETCH FORWARD ");
    query.push(PAGE_PEOPLE).push(" FROM audience");
    let people: Vec<Person> = query.build_query_as().fetch_all(&mut **tx).await?;
    let mut page = ResolveAudienceResponse::default();
    page.contact_ids.reserve(people.len() * 16);
    for person in people {
        page.contact_ids
            .extend_from_slice(person.contact_id.as_bytes());
        page.addresses.push(person.address);
        page.statuses.push(person.status.into());
        let seconds = person.last_interaction_at.map_or(0, |at| at.timestamp());
        page.last_interaction_seconds.push(seconds);
    }
    Ok(page)
}
