use std::collections::BTreeMap;

use contacts_domain::{ContactState, ContactStatus};
use events::{contact::Profile, segment::SubscriptionStatus};
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
}

pub(super) async fn load(
    tx: &mut PgTransaction<'_>,
    contact_ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, ContactRow>> {
    let rows = sqlx::query!(
        "SELECT contact_id, team_id, account_id, address, display_name, tags, subscribed_at,
                last_interaction_at, followed_at, blocked_at
         FROM contacts WHERE contact_id = ANY($1)",
        contact_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let contact = ContactRow {
                team_id: row.team_id,
                account_id: row.account_id,
                profile: row.address.map(|external_id| Profile {
                    external_id,
                    display_name: row.display_name.unwrap_or_default(),
                    ..Profile::default()
                }),
                state: ContactState {
                    tags: row.tags,
                    subscribed_at: row.subscribed_at,
                    last_interaction_at: row.last_interaction_at,
                    followed_at: row.followed_at,
                    blocked_at: row.blocked_at,
                },
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
    let addresses = column(rows, |row| {
        row.profile
            .as_ref()
            .map(|profile| profile.external_id.as_str())
    });
    let names = column(rows, |row| {
        row.profile
            .as_ref()
            .map(|profile| profile.display_name.as_str())
    });
    // Arrays of arrays would all have to be of one length. No tag has the separator in it.
    let tags = column(rows, |row| row.state.tags.join("|"));
    let subscribed = column(rows, |row| row.state.subscribed_at);
    let interacted = column(rows, |row| row.state.last_interaction_at);
    let followed = column(rows, |row| row.state.followed_at);
    let blocked = column(rows, |row| row.state.blocked_at);
    let statuses = column(rows, |row| status(&row.state));
    sqlx::query!(
        r#"
        INSERT INTO contacts (contact_id, team_id, account_id, address, display_name, tags, subscribed_at,
                              last_interaction_at, followed_at, blocked_at, status)
        SELECT contact_id, team_id, account_id, address, display_name, string_to_array(tags, '|'),
               subscribed_at, last_interaction_at, followed_at, blocked_at, status
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                    $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
                    $11::smallint[])
             AS rows (contact_id, team_id, account_id, address, display_name, tags, subscribed_at,
                      last_interaction_at, followed_at, blocked_at, status)
        ON CONFLICT (contact_id) DO UPDATE
        SET address = excluded.address, display_name = excluded.display_name, tags = excluded.tags,
            subscribed_at = excluded.subscribed_at,
            last_interaction_at = excluded.last_interaction_at,
            followed_at = excluded.followed_at, blocked_at = excluded.blocked_at,
            status = excluded.status
        "#,
        &ids,
        &teams,
        &accounts,
        &addresses as &[Option<&str>],
        &names as &[Option<&str>],
        &tags,
        &subscribed as &[Option<_>],
        &interacted as &[Option<_>],
        &followed as &[Option<_>],
        &blocked as &[Option<_>],
        &statuses,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn status(state: &ContactState) -> i16 {
    let status = match state.status() {
        ContactStatus::Subscribed => SubscriptionStatus::Subscribed,
        ContactStatus::Blocked => SubscriptionStatus::Blocked,
    };
    i16::try_from(i32::from(status)).unwrap_or_default()
}

fn column<'a, T>(
    rows: &'a BTreeMap<Uuid, ContactRow>,
    field: impl Fn(&'a ContactRow) -> T,
) -> Vec<T> {
    rows.values().map(field).collect()
}
