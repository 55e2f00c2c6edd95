use std::{collections::BTreeMap, fmt::Display};

use chrono::{DateTime, Utc};
use contacts_domain::{Consent, ContactState};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{
    insert,
    row::{ContactRow, History, SealedProfile, SearchKeys},
};

pub(super) async fn load(
    tx: &mut PgTransaction<'_>,
    contact_ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, ContactRow>> {
    let rows = sqlx::query!(
        "SELECT contact_id, team_id, account_id, sealed_profile, profile_event_id, profile_event_type,
                name_key, email_key, phone_key, member_key, tag_ids, consent, subscribed_at,
                last_interaction_at, followed_at, blocked_at, site_bound_at, site_unbound_at,
                row_digest, erased_at, history
         FROM contacts WHERE contact_id = ANY($1)",
        contact_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let profile = match (
                row.sealed_profile,
                row.profile_event_id,
                row.profile_event_type,
            ) {
                (Some(sealed), Some(event_id), Some(event_type)) => Some(SealedProfile {
                    sealed,
                    event_id,
                    event_type,
                }),
                (_, _, _) => None,
            };
            let contact = ContactRow {
                team_id: row.team_id,
                account_id: row.account_id,
                is_stored: true,
                profile,
                keys: SearchKeys {
                    name: row.name_key,
                    email: row.email_key,
                    phone: row.phone_key,
                    member: row.member_key,
                },
                state: ContactState {
                    tag_ids: row.tag_ids,
                    subscribed_at: row.subscribed_at,
                    last_interaction_at: row.last_interaction_at,
                    followed_at: row.followed_at,
                    blocked_at: row.blocked_at,
                    consent: Consent::decode(row.consent.as_deref()),
                    site_bound_at: row.site_bound_at,
                    site_unbound_at: row.site_unbound_at,
                    erased_at: row.erased_at,
                },
                row_digest: row.row_digest,
                history: History {
                    recent: row.history,
                    older: Vec::new(),
                },
            };
            (row.contact_id, contact)
        })
        .collect())
}

/// Writes new rows by COPY, and the others in one statement, in the order of their ids.
pub(super) async fn save(
    tx: &mut PgTransaction<'_>,
    rows: &BTreeMap<Uuid, ContactRow>,
) -> sqlx::Result<()> {
    insert::save_new(tx, rows).await?;
    let columns = Columns::of(rows);
    if columns.ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        INSERT INTO contacts (contact_id, team_id, account_id, sealed_profile, profile_event_id,
                              profile_event_type, name_key, email_key, phone_key, member_key, tag_ids,
                              consent, subscribed_at, last_interaction_at, followed_at, blocked_at,
                              site_bound_at, site_unbound_at, row_digest, erased_at, history)
        SELECT contact_id, team_id, account_id, sealed_profile, profile_event_id,
               profile_event_type, name_key, email_key, phone_key, member_key, tag_ids::uuid[],
               consent, subscribed_at, last_interaction_at, followed_at, blocked_at,
               site_bound_at, site_unbound_at, row_digest, erased_at, history::bigint[]
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::uuid[], $6::text[],
                    $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::text[], $12::bytea[],
                    $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[],
                    $17::timestamptz[], $18::timestamptz[], $19::bytea[], $20::timestamptz[],
                    $21::text[])
             AS rows (contact_id, team_id, account_id, sealed_profile, profile_event_id,
                      profile_event_type, name_key, email_key, phone_key, member_key, tag_ids,
                      consent, subscribed_at, last_interaction_at, followed_at, blocked_at,
                      site_bound_at, site_unbound_at, row_digest, erased_at, history)
        ON CONFLICT (contact_id) DO UPDATE
        SET sealed_profile = excluded.sealed_profile, profile_event_id = excluded.profile_event_id,
            profile_event_type = excluded.profile_event_type, name_key = excluded.name_key,
            email_key = excluded.email_key, phone_key = excluded.phone_key,
            member_key = excluded.member_key, tag_ids = excluded.tag_ids,
            consent = excluded.consent, subscribed_at = excluded.subscribed_at,
            last_interaction_at = excluded.last_interaction_at,
            followed_at = excluded.followed_at, blocked_at = excluded.blocked_at,
            site_bound_at = excluded.site_bound_at, site_unbound_at = excluded.site_unbound_at,
            row_digest = excluded.row_digest, erased_at = excluded.erased_at,
            history = excluded.history
        "#,
        &columns.ids,
        &columns.teams,
        &columns.accounts,
        &columns.profiles as &[Option<&[u8]>],
        &columns.profile_events as &[Option<Uuid>],
        &columns.profile_types as &[Option<&str>],
        &columns.names as &[Option<&[u8]>],
        &columns.emails as &[Option<&[u8]>],
        &columns.phones as &[Option<&[u8]>],
        &columns.members as &[Option<&[u8]>],
        &columns.tags,
        &columns.consents as &[Option<Vec<u8>>],
        &columns.subscribed as &[Option<_>],
        &columns.interacted as &[Option<_>],
        &columns.followed as &[Option<_>],
        &columns.blocked as &[Option<_>],
        &columns.bound as &[Option<_>],
        &columns.unbound as &[Option<_>],
        &columns.digests as &[Option<&[u8]>],
        &columns.erased as &[Option<_>],
        &columns.histories,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

type Times = Vec<Option<DateTime<Utc>>>;

/// The rows that there were before, as `unnest` takes them.
struct Columns<'a> {
    ids: Vec<Uuid>,
    teams: Vec<Uuid>,
    accounts: Vec<Uuid>,
    profiles: Vec<Option<&'a [u8]>>,
    profile_events: Vec<Option<Uuid>>,
    profile_types: Vec<Option<&'a str>>,
    names: Vec<Option<&'a [u8]>>,
    emails: Vec<Option<&'a [u8]>>,
    phones: Vec<Option<&'a [u8]>>,
    members: Vec<Option<&'a [u8]>>,
    tags: Vec<String>,
    consents: Vec<Option<Vec<u8>>>,
    subscribed: Times,
    interacted: Times,
    followed: Times,
    blocked: Times,
    bound: Times,
    unbound: Times,
    digests: Vec<Option<&'a [u8]>>,
    erased: Times,
    histories: Vec<String>,
}

impl<'a> Columns<'a> {
    fn of(rows: &'a BTreeMap<Uuid, ContactRow>) -> Self {
        Self {
            ids: stored(rows).map(|(contact_id, _)| *contact_id).collect(),
            teams: column(rows, |row| row.team_id),
            accounts: column(rows, |row| row.account_id),
            profiles: column(rows, |row| Some(row.profile.as_ref()?.sealed.as_slice())),
            profile_events: column(rows, |row| Some(row.profile.as_ref()?.event_id)),
            profile_types: column(rows, |row| Some(row.profile.as_ref()?.event_type.as_str())),
            names: column(rows, |row| row.keys.name.as_deref()),
            emails: column(rows, |row| row.keys.email.as_deref()),
            phones: column(rows, |row| row.keys.phone.as_deref()),
            members: column(rows, |row| row.keys.member.as_deref()),
            // Arrays of arrays would all have to be of one length.
            tags: column(rows, |row| array(&row.state.tag_ids)),
            consents: column(rows, |row| row.state.consent.encode()),
            subscribed: column(rows, |row| row.state.subscribed_at),
            interacted: column(rows, |row| row.state.last_interaction_at),
            followed: column(rows, |row| row.state.followed_at),
            blocked: column(rows, |row| row.state.blocked_at),
            bound: column(rows, |row| row.state.site_bound_at),
            unbound: column(rows, |row| row.state.site_unbound_at),
            digests: column(rows, |row| row.row_digest.as_deref()),
            erased: column(rows, |row| row.state.erased_at),
            histories: column(rows, |row| array(&row.history.recent)),
        }
    }
}

fn column<'a, T>(
    rows: &'a BTreeMap<Uuid, ContactRow>,
    field: impl Fn(&'a ContactRow) -> T,
) -> Vec<T> {
    stored(rows).map(|(_, row)| field(row)).collect()
}

fn stored(rows: &BTreeMap<Uuid, ContactRow>) -> impl Iterator<Item = (&Uuid, &ContactRow)> {
    rows.iter().filter(|(_, row)| row.is_stored)
}

/// As Postgres reads an array.
fn array<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    format!("{{{}}}", items.join(","))
}
