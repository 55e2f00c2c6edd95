use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{
    profile::SearchKeys,
    row::{Row, status},
    rows::Rows,
};

/// Columns in the order of [`encode`].
const COPY: &str = "COPY contacts (
    contact_id, team_id, account_id, subscribed_at, last_interaction_at, followed_at, blocked_at,
    site_bound_at, site_unbound_at, erased_at, ordinal, status, opted_out, site_bound,
    profile_event_id, name_key, email_key, phone_key, member_key, profile_event_type, tag_ids,
    consent, sealed_profile) FROM STDIN (FORMAT binary)";
const COLUMNS: i16 = 23;
/// Signature, flags and the length of no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
const NULL: i32 = -1;
const UUID_OID: i32 = 2950;
/// What Postgres counts time from: 2000-01-01, in seconds of Unix.
const EPOCH_SECONDS: i64 = 946_684_800;

/// Writes those who have got an ordinal, by COPY: an import brings tens of thousands a second.
pub(super) async fn save_new(
    tx: &mut PgTransaction<'_>,
    rows: &Rows<'_>,
    ordinals: &HashMap<Uuid, i32>,
) -> sqlx::Result<()> {
    if ordinals.is_empty() {
        return Ok(());
    }
    let mut bytes = HEADER.to_vec();
    for (contact_id, row) in rows {
        if let Some(ordinal) = ordinals.get(contact_id) {
            encode(&mut bytes, *contact_id, *ordinal, row);
        }
    }
    bytes.extend_from_slice(&TRAILER.to_be_bytes());
    let mut copy = tx.copy_in_raw(COPY).await?;
    copy.send(bytes).await?;
    copy.finish().await?;
    Ok(())
}

fn encode(to: &mut Vec<u8>, contact_id: Uuid, ordinal: i32, row: &Row<'_>) {
    let state = &row.state;
    let profile = row.learned.as_ref();
    let keys = profile.map_or_else(SearchKeys::default, |profile| profile.keys);
    to.extend_from_slice(&COLUMNS.to_be_bytes());
    for id in [contact_id, row.team_id, row.account_id] {
        field(to, id.as_bytes());
    }
    let times = [
        state.subscribed_at,
        state.last_interaction_at,
        state.followed_at,
        state.blocked_at,
        state.site_bound_at,
        state.site_unbound_at,
        state.erased_at,
    ];
    for at in times {
        optional(to, at.map(micros).as_ref().map(<[u8; 8]>::as_slice));
    }
    field(to, &ordinal.to_be_bytes());
    field(to, &status(state).to_be_bytes());
    field(to, &state.consent.opted_out_bits().to_be_bytes());
    field(to, &[state.site_bound().into()]);
    let event_id = profile.map(|profile| profile.event_id);
    for id in [event_id, keys.name, keys.email, keys.phone, keys.member] {
        optional(to, id.as_ref().map(|id| id.as_bytes().as_slice()));
    }
    optional(to, profile.map(|profile| profile.event_type.as_bytes()));
    array(to, &state.tag_ids);
    optional(to, state.consent.encode().as_deref());
    optional(to, profile.map(|profile| profile.sealed));
}

fn field(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(&len(bytes.len()).to_be_bytes());
    to.extend_from_slice(bytes);
}

fn optional(to: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => field(to, bytes),
        None => to.extend_from_slice(&NULL.to_be_bytes()),
    }
}

/// One dimension that counts from 1, without NULLs; none where there is nothing in it.
fn array(to: &mut Vec<u8>, ids: &[Uuid]) {
    let mut bytes = Vec::with_capacity(20 + 20 * ids.len());
    let dimensions = i32::from(!ids.is_empty());
    for number in [dimensions, 0, UUID_OID] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    if dimensions == 1 {
        for number in [len(ids.len()), 1] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    for id in ids {
        field(&mut bytes, id.as_bytes());
    }
    field(to, &bytes);
}

fn micros(at: DateTime<Utc>) -> [u8; 8] {
    (at.timestamp_micros() - EPOCH_SECONDS * 1_000_000).to_be_bytes()
}

/// Postgres takes no field of 2 GiB, and refuses what says so.
fn len(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}
