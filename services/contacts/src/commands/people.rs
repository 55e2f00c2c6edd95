use std::collections::HashMap;

use sqlx::PgPool;
use uuid::Uuid;

/// A contact that there is, and that was not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownContact {
    pub(crate) contact_id: Uuid,
    pub(crate) account_id: Uuid,
}

/// Those of the team's contacts that there are, in the order of `contact_ids`; where there is none, its
/// index.
///
/// The registry has each contact before anything else has, and forgets it when it is deleted.
pub(crate) async fn find_contacts(
    pool: &PgPool,
    team_id: Uuid,
    contact_ids: &[Uuid],
) -> sqlx::Result<Result<Vec<KnownContact>, usize>> {
    let rows = sqlx::query!(
        "SELECT contact_id, account_id FROM contact_identities
         WHERE team_id = $1 AND contact_id = ANY($2)",
        team_id,
        contact_ids,
    )
    .fetch_all(pool)
    .await?;
    let accounts: HashMap<Uuid, Uuid> = rows
        .into_iter()
        .map(|row| (row.contact_id, row.account_id))
        .collect();
    let known = contact_ids.iter().enumerate().map(|(index, contact_id)| {
        let account_id = accounts.get(contact_id).copied().ok_or(index)?;
        Ok(KnownContact {
            contact_id: *contact_id,
            account_id,
        })
    });
    Ok(known.collect())
}

pub(crate) async fn find_contact(
    pool: &PgPool,
    team_id: Uuid,
    contact_id: Uuid,
) -> sqlx::Result<Option<KnownContact>> {
    let found = find_contacts(pool, team_id, &[contact_id]).await?;
    Ok(found.ok().and_then(|contacts| contacts.first().copied()))
}

/// An account, and the HMAC of a person's id in it.
pub(crate) type Identity = (Uuid, Vec<u8>);

/// The team's contacts behind these, where there are any.
pub(crate) async fn contacts_of(
    pool: &PgPool,
    team_id: Uuid,
    identities: Vec<Identity>,
) -> sqlx::Result<HashMap<Identity, Uuid>> {
    if identities.is_empty() {
        return Ok(HashMap::new());
    }
    let (accounts, identities): (Vec<Uuid>, Vec<Vec<u8>>) = identities.into_iter().unzip();
    let rows = sqlx::query!(
        "SELECT known.account_id, known.identity, known.contact_id
         FROM unnest($2::uuid[], $3::bytea[]) AS asked (account_id, identity)
         JOIN contact_identities known USING (account_id, identity)
         WHERE known.team_id = $1",
        team_id,
        &accounts,
        &identities,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.account_id, row.identity), row.contact_id))
        .collect())
}
