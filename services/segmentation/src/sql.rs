use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::filter::{Range, Segment};

/// Whose contacts, and which of them.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) team_id: Uuid,
    /// `None`: all of the team's accounts.
    pub(crate) account_id: Option<Uuid>,
    pub(crate) segment: Segment,
}

/// Appends `WHERE …`. Everything that a caller gave is bound, never written into the text.
pub(crate) fn push_where(query: &mut QueryBuilder<Postgres>, scope: &Scope) {
    query.push(" WHERE team_id = ").push_bind(scope.team_id);
    if let Some(account_id) = scope.account_id {
        query.push(" AND account_id = ").push_bind(account_id);
    }
    query.push(" AND ");
    push_segment(query, &scope.segment);
}

/// Appends a condition that is true or false and never NULL, so that it can be negated.
fn push_segment(query: &mut QueryBuilder<Postgres>, segment: &Segment) {
    match segment {
        Segment::All(segments) => push_joined(query, segments, " AND ", "true"),
        Segment::Any(segments) => push_joined(query, segments, " OR ", "false"),
        Segment::Not(segment) => {
            query.push("NOT ");
            push_segment(query, segment);
        }
        Segment::HasAnyTag(tags) => {
            query.push("(tags && ").push_bind(tags.clone()).push(")");
        }
        Segment::HasAllTags(tags) => {
            query.push("(tags @> ").push_bind(tags.clone()).push(")");
        }
        Segment::HasNoTag(tags) => {
            query
                .push("(NOT tags && ")
                .push_bind(tags.clone())
                .push(")");
        }
        Segment::LastInteraction(range) => push_range(query, "last_interaction_at", *range),
        Segment::SubscribedAt(range) => push_range(query, "subscribed_at", *range),
        Segment::Status(status) => {
            query.push("(status = ").push_bind(*status).push(")");
        }
    }
}

fn push_joined(
    query: &mut QueryBuilder<Postgres>,
    segments: &[Segment],
    joint: &'static str,
    empty: &'static str,
) {
    if segments.is_empty() {
        query.push(empty);
        return;
    }
    query.push("(");
    for (place, segment) in segments.iter().enumerate() {
        if place > 0 {
            query.push(joint);
        }
        push_segment(query, segment);
    }
    query.push(")");
}

fn push_range(query: &mut QueryBuilder<Postgres>, column: &'static str, range: Range) {
    query.push("(").push(column).push(" IS NOT NULL");
    if let Some(after) = range.after {
        query
            .push(" AND ")
            .push(column)
            .push(" >= ")
            .push_bind(after);
    }
    if let Some(before) = range.before {
        query
            .push(" AND ")
            .push(column)
            .push(" < ")
            .push_bind(before);
    }
    query.push(")");
}
