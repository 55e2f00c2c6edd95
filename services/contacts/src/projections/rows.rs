use std::collections::BTreeMap;

use contacts_domain::ContactState;
use events::contact::Profile;
use sqlx::PgTransaction;
use uuid::Uuid;

/// A contact as the read model has it.
#[derive(Debug, Default)]
pub(super) struct ContactRow {
    pub(super) team_id: Uuid,
    pub(super) account_id: Uuid,
    /// `None`: the contact's key is gone.
    pub(super) profile: Option<Profile>,
    pub(super) state: ContactState,
    pub(super) row_digest: Option<Vec<u8>>,
}

pub(super) async fn load(
    tx: &mut PgTransaction<'_>,
    contact_ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, ContactRow>> {
    let rows = sqlx::query!(
        "SELECT contact_id, team_id, account_id, external_id, display_name, phone, email,
                member_number, tags, subscribed_at, last_interaction_at, followed_at, blocked_at,
                row_digest
         FROM contacts WHERE contact_id = ANY($1)",
        contact_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let profile = row.external_id.map(|external_id| Profile {
                external_id,
                display_name: row.display_name.unwrap_or_default(),
                phone: row.phone.unwrap_or_default(),
                email: row.email.unwrap_or_default(),
                member_number: row.member_number.unwrap_or_default(),
            });
            let state = ContactState {
                tags: row.tags,
                subscribed_at: row.subscribed_at,
                last_interaction_at: row.last_interaction_at,
                followed_at: row.followed_at,
                blocked_at: row.blocked_at,
            };
            let contact = ContactRow {
                team_id: row.team_id,
                account_id: row.account_id,
                profile,
                state,
                row_digest: row.row_digest,
            };
            (row.contact_id, contact)
        })
        .collect())
}

/// Writes all rows in one statement, in the order of their ids.
pub(super) async fn save(
    tx: &mut PgTransaction<'_>,
    rows: &BTreeMap<Uuid, ContactRow>,
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = rows.keys().copied().collect();
    let teams = column(rows, |row| row.team_id);
    let accounts = column(rows, |row| row.account_id);
    let external_ids = profile_column(rows, |profile| &profile.external_id);
    let display_names = profile_column(rows, |profile| &profile.display_name);
    let phones = profile_column(rows, |profile| &profile.phone);
    let emails = profile_column(rows, |profile| &profile.email);
    let member_numbers = profile_column(rows, |profile| &profile.member_number);
    // Arrays of arrays would all have to be of one length. No tag has the separator in it.
    let tags = column(rows, |row| row.state.tags.join("|"));
    let subscribed = column(rows, |row| row.state.subscribed_at);
    let interacted = column(rows, |row| row.state.last_interaction_at);
    let followed = column(rows, |row| row.state.followed_at);
    let blocked = column(rows, |row| row.state.blocked_at);
    let digests = column(rows, |row| row.row_digest.clone());
    sqlx::query!(
        r#"
        INSERT INTO contacts (contact_id, team_id, account_id, external_id, display_name, phone, email,
                              member_number, tags, subscribed_at, last_interaction_at, followed_at,
                              blocked_at, row_digest)
        SELECT contact_id, team_id, account_id, external_id, display_name, phone, email,
               member_number, string_to_array(tags, '|'), subscribed_at, last_interaction_at,
               followed_at, blocked_at, row_digest
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                    $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[],
                    $12::timestamptz[], $13::timestamptz[], $14::bytea[])
             AS rows (contact_id, team_id, account_id, external_id, display_name, phone, email,
                      member_number, tags, subscribed_at, last_interaction_at, followed_at,
                      blocked_at, row_digest)
        ON CONFLICT (contact_id) DO UPDATE
        SET external_id = excluded.external_id, display_name = excluded.display_name,
            phone = excluded.phone, email = excluded.email,
            member_number = excluded.member_number, tags = excluded.tags,
            subscribed_at = excluded.subscribed_at,
            last_interaction_at = excluded.last_interaction_at,
            followed_at = excluded.followed_at, blocked_at = excluded.blocked_at,
            row_digest = excluded.row_digest
        "#,
        &ids,
        &teams,
        &accounts,
        &external_ids as &[Option<&str>],
        &display_names as &[Option<&str>],
        &phones as &[Option<&str>],
        &emails as &[Option<&str>],
        &member_numbers as &[Option<&str>],
        &tags,
        &subscribed as &[Option<_>],
        &interacted as &[Option<_>],
        &followed as &[Option<_>],
        &blocked as &[Option<_>],
        &digests as &[Option<Vec<u8>>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn column<T>(rows: &BTreeMap<Uuid, ContactRow>, field: impl Fn(&ContactRow) -> T) -> Vec<T> {
    rows.values().map(field).collect()
}

fn profile_column(
    rows: &BTreeMap<Uuid, ContactRow>,
    field: impl Fn(&Profile) -> &String,
) -> Vec<Option<&str>> {
    rows.values()
        .map(|row| row.profile.as_ref().map(|profile| field(profile).as_str()))
        .collect()
}
