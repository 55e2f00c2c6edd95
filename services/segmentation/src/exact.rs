//! Whole names, addresses and numbers: Postgres finds them by their keyed hashes.

use std::collections::HashMap;

use contacts_domain::{fold_email, fold_name, fold_phone};
use roaring::RoaringBitmap;
use segmentation_domain::{Filter, NameKind, ResolvedFilter};
use sqlx::PgPool;
use uuid::Uuid;
use vault::{LookupKey, Vault};

use crate::{contacts::Selection, index::Found, profiles::ProfileError, projections::search_key};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Email,
    Phone,
    Member,
}

const COLUMNS: [Column; 4] = [Column::Name, Column::Email, Column::Phone, Column::Member];

/// Whom each condition matches that is exact.
pub(crate) async fn found(
    pool: &PgPool,
    vault: &Vault,
    selection: &Selection,
) -> Result<Found, ProfileError> {
    let mut exact = Vec::new();
    collect(&selection.filter, &mut exact);
    let mut found = Found::new();
    if exact.is_empty() {
        return Ok(found);
    }
    let lookup = vault.lookup_key(selection.team_id).await?;
    for column in COLUMNS {
        let conditions: Vec<(&ResolvedFilter, Uuid)> = exact
            .iter()
            .filter_map(|condition| {
                let (of, key) = key(&lookup, condition)?;
                (of == column).then_some((*condition, key))
            })
            .collect();
        if conditions.is_empty() {
            continue;
        }
        let keys: Vec<Uuid> = conditions.iter().map(|(_, key)| *key).collect();
        let contacts = by_key(pool, selection.team_id, column, &keys).await?;
        for (condition, key) in conditions {
            let contacts = contacts.get(&key).cloned().unwrap_or_default();
            found.insert(condition.clone(), contacts);
        }
    }
    Ok(found)
}

fn collect<'f>(filter: &'f ResolvedFilter, exact: &mut Vec<&'f ResolvedFilter>) {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => {
            for filter in filters {
                collect(filter, exact);
            }
        }
        Filter::Not(filter) => collect(filter, exact),
        Filter::Name(_) | Filter::Phone(_) | Filter::Email(_) | Filter::MemberNumber(_) => {
            exact.push(filter);
        }
        Filter::HasAnyTag(_)
        | Filter::HasAllTags(_)
        | Filter::HasNoTag(_)
        | Filter::LastInteraction(_)
        | Filter::SubscribedAt(_)
        | Filter::Status(_)
        | Filter::SiteBound(_) => {}
    }
}

/// What the condition is looked up by; `None` where it is not exact.
fn key(lookup: &LookupKey, condition: &ResolvedFilter) -> Option<(Column, Uuid)> {
    let (column, key) = match condition {
        Filter::Name(name) if name.kind() == NameKind::Whole => {
            (Column::Name, lookup.name(&fold_name(name.value())))
        }
        Filter::Email(email) => (Column::Email, lookup.email(&fold_email(email))),
        Filter::Phone(phone) => (Column::Phone, lookup.phone(&fold_phone(phone))),
        Filter::MemberNumber(number) => (Column::Member, lookup.member(number)),
        Filter::Name(_)
        | Filter::All(_)
        | Filter::Any(_)
        | Filter::Not(_)
        | Filter::HasAnyTag(_)
        | Filter::HasAllTags(_)
        | Filter::HasNoTag(_)
        | Filter::LastInteraction(_)
        | Filter::SubscribedAt(_)
        | Filter::Status(_)
        | Filter::SiteBound(_) => return None,
    };
    Some((column, search_key(&key)?))
}

struct Hit {
    key: Option<Uuid>,
    ordinal: i32,
}

/// `IS TRUE` keeps Postgres from the team's index: until it has counted the rows of a table that has just
/// been filled, it believes that a team has as few as a key.
async fn by_key(
    pool: &PgPool,
    team_id: Uuid,
    column: Column,
    keys: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, RoaringBitmap>> {
    let hits = match column {
        Column::Name => {
            sqlx::query_as!(
                Hit,
                "SELECT name_key AS key, ordinal FROM contacts
                 WHERE name_key = ANY($2) AND (team_id = $1) IS TRUE",
                team_id,
                keys,
            )
            .fetch_all(pool)
            .await?
        }
        Column::Email => {
            sqlx::query_as!(
                Hit,
                "SELECT email_key AS key, ordinal FROM contacts
                 WHERE email_key = ANY($2) AND (team_id = $1) IS TRUE",
                team_id,
                keys,
            )
            .fetch_all(pool)
            .await?
        }
        Column::Phone => {
            sqlx::query_as!(
                Hit,
                "SELECT phone_key AS key, ordinal FROM contacts
                 WHERE phone_key = ANY($2) AND (team_id = $1) IS TRUE",
                team_id,
                keys,
            )
            .fetch_all(pool)
            .await?
        }
        Column::Member => {
            sqlx::query_as!(
                Hit,
                "SELECT member_key AS key, ordinal FROM contacts
                 WHERE member_key = ANY($2) AND (team_id = $1) IS TRUE",
                team_id,
                keys,
            )
            .fetch_all(pool)
            .await?
        }
    };
    let mut found: HashMap<Uuid, RoaringBitmap> = HashMap::new();
    for hit in hits {
        if let Some(key) = hit.key {
            found
                .entry(key)
                .or_default()
                .insert(hit.ordinal.unsigned_abs());
        }
    }
    Ok(found)
}
