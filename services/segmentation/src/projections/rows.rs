use std::collections::BTreeMap;

use contacts_domain::{Consent, ContactState};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::row::{Before, Row, Stored};

/// What a batch of events is about, in the order in which it is written.
pub(super) type Rows<'e> = BTreeMap<Uuid, Row<'e>>;

/// Those of the contacts that are known.
pub(super) async fn load<'e>(
    tx: &mut PgTransaction<'_>,
    contact_ids: &[Uuid],
) -> sqlx::Result<Rows<'e>> {
    let rows = sqlx::query!(
        r#"SELECT contact_id, team_id, account_id, ordinal, tag_ids, subscribed_at,
                  last_interaction_at, followed_at, blocked_at, consent, site_bound_at,
                  site_unbound_at, erased_at, sealed_profile IS NOT NULL AS "has_profile!"
           FROM contacts WHERE contact_id = ANY($1)"#,
        contact_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    let rows = rows.into_iter().map(|row| {
        let state = ContactState {
            tag_ids: row.tag_ids,
            subscribed_at: row.subscribed_at,
            last_interaction_at: row.last_interaction_at,
            followed_at: row.followed_at,
            blocked_at: row.blocked_at,
            consent: Consent::decode(row.consent.as_deref()),
            site_bound_at: row.site_bound_at,
            site_unbound_at: row.site_unbound_at,
            erased_at: row.erased_at,
        };
        let contact = Row {
            team_id: row.team_id,
            account_id: row.account_id,
            stored: Stored::Before(Box::new(Before {
                ordinal: row.ordinal,
                state: state.clone(),
                has_profile: row.has_profile,
            })),
            state,
            learned: None,
        };
        (row.contact_id, contact)
    });
    Ok(rows.collect())
}
