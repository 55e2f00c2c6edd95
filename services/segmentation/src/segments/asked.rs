use proto::segmentation::v1::Filter as Proto;
use segmentation_domain::{Filter, FilterError, ResolvedFilter, TagRef};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;
use vault::Vault;

use super::{queries, sealing, status};

/// Whom a request asks for, before its tags have been looked up.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `None`: all of the team's accounts.
    pub(crate) account_id: Option<Uuid>,
    pub(crate) filter: Filter,
    origin: Origin,
}

/// Where a filter came from: what an error is about.
#[derive(Debug, Clone)]
enum Origin {
    Filter,
    Text,
    /// The segment's name.
    Segment(String),
}

/// Reads the fields by which requests say whom they ask for: an account, and at most one of a
/// filter, its text, and a segment. Asks Postgres for segments only: wait for the caller's
/// consistency token before, in the segments' read model.
pub(crate) async fn asked(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    account_id: &str,
    filter: Option<&Proto>,
    filter_text: &str,
    segment_id: &str,
) -> Result<Asked, Status> {
    let account_id = match account_id {
        "" => None,
        id => Some(crate::status::parse_id("account_id", id)?),
    };
    match (filter, filter_text, segment_id) {
        (filter, text, "") => Ok(Asked {
            account_id,
            ..given(filter, text)?
        }),
        (None, "", segment_id) => {
            let segment_id = crate::status::parse_id("segment_id", segment_id)?;
            of_segment(pool, vault, team_id, account_id, segment_id).await
        }
        _ => Err(status::one_of("segment_id")),
    }
}

/// A filter in one of its forms; neither is everyone.
pub(super) fn given(filter: Option<&Proto>, text: &str) -> Result<Asked, Status> {
    let (filter, origin) = match (filter, text) {
        (Some(_), text) if !text.is_empty() => return Err(status::one_of("filter_text")),
        (filter, "") => {
            let filter = Filter::from_proto(filter);
            let filter = filter.map_err(|error| status::wrong_filter(&error))?;
            (filter, Origin::Filter)
        }
        (_, text) => {
            let filter = Filter::from_text(text);
            let filter = filter.map_err(|error| status::wrong_text("filter_text", &error))?;
            (filter, Origin::Text)
        }
    };
    Ok(Asked {
        account_id: None,
        filter,
        origin,
    })
}

async fn of_segment(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    account_id: Option<Uuid>,
    segment_id: Uuid,
) -> Result<Asked, Status> {
    let saved = queries::find(pool, team_id, segment_id, 0)
        .await
        .map_err(|error| bootstrap::internal(&error))?
        .ok_or_else(status::no_segment)?;
    let account_id = match (account_id, saved.account_id) {
        (Some(asked), Some(of_segment)) if asked != of_segment => {
            return Err(status::other_account());
        }
        (asked, of_segment) => asked.or(of_segment),
    };
    let filter = sealing::open(vault, team_id, &saved.sealed_filter)
        .await
        .map_err(|error| bootstrap::internal(&error))?;
    Ok(Asked {
        account_id,
        filter,
        origin: Origin::Segment(saved.name),
    })
}

impl Asked {
    /// The filter by the ids of tags. `find` answers `None` for one that the team does not have.
    pub(crate) fn resolve(
        &self,
        find: impl Fn(&TagRef) -> Option<Uuid>,
    ) -> Result<ResolvedFilter, Status> {
        self.filter
            .resolve(find)
            .map_err(|error| match &self.origin {
                Origin::Filter => status::wrong_filter(&error),
                Origin::Text => status::wrong_filter(&FilterError {
                    path: "filter_text".to_owned(),
                    ..error
                }),
                Origin::Segment(name) => status::deleted_tag(name, &error),
            })
    }
}
