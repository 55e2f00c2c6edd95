use events::to_timestamp;
use proto::segmentation::v1::{ParseFilterRequest, ParseFilterResponse, Segment};
use segmentation_domain::Filter;
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;
use vault::Vault;

use super::{queries::Saved, sealing, status, tag_names::TagNames};

/// Segments as people see them, with the names that their tags have today.
pub(super) async fn show(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    saved: Vec<Saved>,
) -> Result<Vec<Segment>, Status> {
    let mut filters = Vec::with_capacity(saved.len());
    for saved in &saved {
        let filter = sealing::open(vault, team_id, &saved.sealed_filter).await;
        filters.push(filter.map_err(|error| bootstrap::internal(&error))?);
    }
    let tags = TagNames::of_filters(pool, team_id, &filters)
        .await
        .map_err(|error| bootstrap::internal(&error))?;
    let shown = saved.into_iter().zip(&filters).map(|(saved, filter)| {
        let filter = tags.name(filter);
        Segment {
            segment_id: saved.segment_id.to_string(),
            version: saved.version,
            name: saved.name,
            account_id: saved
                .account_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            filter_text: filter.to_text(),
            filter: Some(filter.to_proto()),
            saved_at: Some(to_timestamp(saved.saved_at)),
        }
    });
    Ok(shown.collect())
}

/// Either form of a filter in both. Tags are not looked up, but for the names of ids.
pub(crate) async fn parse_filter(
    pool: &PgPool,
    team_id: Uuid,
    request: &ParseFilterRequest,
) -> Result<ParseFilterResponse, Status> {
    let filter = match (&request.filter, request.text.as_str()) {
        (Some(_), text) if !text.is_empty() => return Err(status::one_of("text")),
        (Some(filter), _) => {
            Filter::from_proto(Some(filter)).map_err(|error| status::wrong_filter(&error))?
        }
        (None, text) => {
            Filter::from_text(text).map_err(|error| status::wrong_text("text", &error))?
        }
    };
    let tags = TagNames::of_filters(pool, team_id, [&filter])
        .await
        .map_err(|error| bootstrap::internal(&error))?;
    let filter = tags.name(&filter).canonical();
    Ok(ParseFilterResponse {
        text: filter.to_text(),
        filter: Some(filter.to_proto()),
    })
}
