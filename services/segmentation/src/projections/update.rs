use sqlx::PgTransaction;
use uuid::Uuid;

use super::{
    profile::{Profile, SearchKeys},
    row::{Row, status},
    rows::Rows,
};

/// Writes those that were there before and are different now, in the order of their ids.
pub(super) async fn save_changed(tx: &mut PgTransaction<'_>, rows: &Rows<'_>) -> sqlx::Result<()> {
    let changed: Vec<(Uuid, &Row<'_>)> = rows
        .iter()
        .filter(|(_, row)| row.changed().is_some())
        .map(|(contact_id, row)| (*contact_id, row))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    save_states(tx, &changed).await?;
    let profiles: Vec<(Uuid, &Row<'_>)> = changed
        .into_iter()
        .filter(|(_, row)| row.profile_changed())
        .collect();
    if !profiles.is_empty() {
        save_profiles(tx, &profiles).await?;
    }
    Ok(())
}

async fn save_states(tx: &mut PgTransaction<'_>, rows: &[(Uuid, &Row<'_>)]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = rows.iter().map(|(contact_id, _)| *contact_id).collect();
    // Arrays of arrays would all have to be of one length.
    let tags = column(rows, |row| joined(&row.state.tag_ids));
    let consents = column(rows, |row| row.state.consent.encode());
    let subscribed = column(rows, |row| row.state.subscribed_at);
    let interacted = column(rows, |row| row.state.last_interaction_at);
    let followed = column(rows, |row| row.state.followed_at);
    let blocked = column(rows, |row| row.state.blocked_at);
    let bound = column(rows, |row| row.state.site_bound_at);
    let unbound = column(rows, |row| row.state.site_unbound_at);
    let erased = column(rows, |row| row.state.erased_at);
    let statuses = column(rows, |row| status(&row.state));
    let opted_out = column(rows, |row| row.state.consent.opted_out_bits());
    let site_bound = column(rows, |row| row.state.site_bound());
    sqlx::query!(
        r#"
        UPDATE contacts
        SET tag_ids = string_to_array(new.tag_ids, ',')::uuid[], consent = new.consent,
            subscribed_at = new.subscribed_at, last_interaction_at = new.last_interaction_at,
            followed_at = new.followed_at, blocked_at = new.blocked_at,
            site_bound_at = new.site_bound_at, site_unbound_at = new.site_unbound_at,
            erased_at = new.erased_at, status = new.status, opted_out = new.opted_out,
            site_bound = new.site_bound
        FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::timestamptz[], $5::timestamptz[],
                    $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[],
                    $10::timestamptz[], $11::smallint[], $12::smallint[], $13::boolean[])
             AS new (contact_id, tag_ids, consent, subscribed_at, last_interaction_at, followed_at,
                     blocked_at, site_bound_at, site_unbound_at, erased_at, status, opted_out,
                     site_bound)
        WHERE contacts.contact_id = new.contact_id
        "#,
        &ids,
        &tags,
        &consents as &[Option<Vec<u8>>],
        &subscribed as &[Option<_>],
        &interacted as &[Option<_>],
        &followed as &[Option<_>],
        &blocked as &[Option<_>],
        &bound as &[Option<_>],
        &unbound as &[Option<_>],
        &erased as &[Option<_>],
        &statuses,
        &opted_out,
        &site_bound,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What was learned; NULLs where the contact was erased.
async fn save_profiles(tx: &mut PgTransaction<'_>, rows: &[(Uuid, &Row<'_>)]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = rows.iter().map(|(contact_id, _)| *contact_id).collect();
    let of = |field: fn(&Profile<'_>) -> Uuid| column(rows, |row| row.learned.as_ref().map(field));
    let key = |field: fn(&SearchKeys) -> Option<Uuid>| {
        column(rows, |row| {
            row.learned
                .as_ref()
                .and_then(|learned| field(&learned.keys))
        })
    };
    let sealed = column(rows, |row| row.learned.map(|learned| learned.sealed));
    let event_ids = of(|learned| learned.event_id);
    let event_types = column(rows, |row| row.learned.map(|learned| learned.event_type));
    let names = key(|keys| keys.name);
    let emails = key(|keys| keys.email);
    let phones = key(|keys| keys.phone);
    let members = key(|keys| keys.member);
    sqlx::query!(
        r#"
        UPDATE contacts
        SET sealed_profile = new.sealed_profile, profile_event_id = new.profile_event_id,
            profile_event_type = new.profile_event_type, name_key = new.name_key,
            email_key = new.email_key, phone_key = new.phone_key, member_key = new.member_key
        FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[],
                    $7::uuid[], $8::uuid[])
             AS new (contact_id, sealed_profile, profile_event_id, profile_event_type, name_key,
                     email_key, phone_key, member_key)
        WHERE contacts.contact_id = new.contact_id
        "#,
        &ids,
        &sealed as &[Option<&[u8]>],
        &event_ids as &[Option<Uuid>],
        &event_types as &[Option<&str>],
        &names as &[Option<Uuid>],
        &emails as &[Option<Uuid>],
        &phones as &[Option<Uuid>],
        &members as &[Option<Uuid>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn joined(ids: &[Uuid]) -> String {
    let mut joined = String::with_capacity(37 * ids.len());
    for id in ids {
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    }
    joined
}

fn column<'a, 'e, T>(rows: &'a [(Uuid, &'a Row<'e>)], field: impl Fn(&'a Row<'e>) -> T) -> Vec<T> {
    rows.iter().map(|(_, row)| field(row)).collect()
}
