//! The same filters, answered by Postgres from the rows alone, and for what is sealed in them by
//! plain code. Slow, and simple enough to be believed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contacts_domain::{fold_email, fold_name, fold_phone};
use events::{contact::Profile, from_timestamp};
use proto::segmentation::v1::{
    Filter, NameMatch, NameMatchKind, SubscriptionStatus, Tags, TimeRange, filter::Condition,
};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

/// What tests know of people's names and addresses.
pub(crate) type Profiles = BTreeMap<Uuid, Profile>;

/// Whom a filter matches, by their ids.
pub(crate) async fn matching(
    pool: &PgPool,
    team_id: Uuid,
    profiles: &Profiles,
    filter: &Filter,
) -> Vec<Uuid> {
    let mut query =
        QueryBuilder::new("SELECT contact_id FROM contacts WHERE erased_at IS NULL AND team_id = ");
    query.push_bind(team_id).push(" AND ");
    push(&mut query, profiles, filter);
    query.push(" ORDER BY contact_id");
    query.build_query_scalar().fetch_all(pool).await.unwrap()
}

/// Appends a condition that is true or false and never NULL, so that it can be negated.
fn push(query: &mut QueryBuilder<Postgres>, profiles: &Profiles, filter: &Filter) {
    match filter.condition.as_ref() {
        None => {
            query.push("true");
        }
        Some(Condition::All(all)) => join(query, profiles, &all.filters, " AND ", "true"),
        Some(Condition::Any(any)) => join(query, profiles, &any.filters, " OR ", "false"),
        Some(Condition::Not(filter)) => {
            query.push("NOT (");
            push(query, profiles, filter);
            query.push(")");
        }
        Some(Condition::HasAnyTag(tags)) => push_tags(query, "tag_ids && ", tags),
        Some(Condition::HasAllTags(tags)) => push_tags(query, "tag_ids @> ", tags),
        Some(Condition::HasNoTag(tags)) => push_tags(query, "NOT tag_ids && ", tags),
        Some(Condition::LastInteraction(range)) => push_range(query, "last_interaction_at", range),
        Some(Condition::SubscribedAt(range)) => push_range(query, "subscribed_at", range),
        Some(Condition::Status(status)) if *status == i32::from(SubscriptionStatus::All) => {
            query.push("true");
        }
        Some(Condition::Status(status)) => {
            query.push("status = ").push_bind(*status);
        }
        Some(Condition::SiteBound(bound)) => {
            query.push("site_bound = ").push_bind(*bound);
        }
        Some(Condition::Name(name)) => push_profiles(query, profiles, |of| is_named(of, name)),
        Some(Condition::Email(email)) => push_profiles(query, profiles, |of| {
            !of.email.is_empty() && fold_email(&of.email) == fold_email(email)
        }),
        Some(Condition::Phone(phone)) => push_profiles(query, profiles, |of| {
            !of.phone.is_empty() && fold_phone(&of.phone) == fold_phone(phone)
        }),
        Some(Condition::MemberNumber(number)) => {
            push_profiles(query, profiles, |of| of.member_number == *number);
        }
    }
}

fn join(
    query: &mut QueryBuilder<Postgres>,
    profiles: &Profiles,
    filters: &[Filter],
    joint: &'static str,
    empty: &'static str,
) {
    if filters.is_empty() {
        query.push(empty);
        return;
    }
    query.push("(");
    for (place, filter) in filters.iter().enumerate() {
        if place > 0 {
            query.push(joint);
        }
        push(query, profiles, filter);
    }
    query.push(")");
}

fn push_tags(query: &mut QueryBuilder<Postgres>, condition: &'static str, tags: &Tags) {
    query
        .push("(")
        .push(condition)
        .push("(SELECT array_agg(tag_id) FROM tags WHERE tags.team_id = contacts.team_id AND name = ANY(")
        .push_bind(tags.tags.clone())
        .push(")))");
}

fn push_range(query: &mut QueryBuilder<Postgres>, column: &'static str, range: &TimeRange) {
    query.push("(").push(column).push(" IS NOT NULL");
    for (sign, at) in [(" >= ", &range.after), (" < ", &range.before)] {
        if let Some(at) = at {
            let at: DateTime<Utc> = from_timestamp(Some(at)).unwrap();
            query.push(" AND ").push(column).push(sign).push_bind(at);
        }
    }
    query.push(")");
}

fn push_profiles(
    query: &mut QueryBuilder<Postgres>,
    profiles: &Profiles,
    wanted: impl Fn(&Profile) -> bool,
) {
    let ids = profiles.iter().filter(|(_, profile)| wanted(profile));
    let ids: Vec<Uuid> = ids.map(|(id, _)| *id).collect();
    query.push("contact_id = ANY(").push_bind(ids).push(")");
}

fn is_named(profile: &Profile, name: &NameMatch) -> bool {
    let (have, wanted) = (fold_name(&profile.display_name), fold_name(&name.value));
    match name.kind() {
        NameMatchKind::Unspecified => have == wanted,
        NameMatchKind::Prefix => have.starts_with(&wanted),
        NameMatchKind::Contains => have.contains(&wanted),
    }
}
