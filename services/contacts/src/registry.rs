use std::collections::{HashMap, HashSet};

use sqlx::PgPool;
use uuid::Uuid;

/// A person as a channel's account knows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Person {
    pub(crate) team_id: Uuid,
    pub(crate) account_id: Uuid,
    /// HMAC of the account and the external id under the team's look-up key.
    pub(crate) identity: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) contact_id: Uuid,
    /// The id was drawn now.
    pub(crate) is_new: bool,
}

/// Finds the contact behind each person, and draws ids for those who have none.
///
/// Whoever comes first draws the id; all others, at the same time too, get the same one.
pub(crate) async fn register(
    pool: &PgPool,
    mut people: Vec<Person>,
) -> sqlx::Result<HashMap<Person, Registered>> {
    // In one order everywhere, so that two callers never wait for each other.
    people.sort_unstable();
    people.dedup();

    let mut registered = insert(pool, &people).await?;
    people.retain(|person| !registered.contains_key(person));
    if !people.is_empty() {
        // A statement of its own: its snapshot has what others inserted meanwhile.
        registered.extend(find(pool, &people).await?);
    }
    Ok(registered)
}

async fn insert(pool: &PgPool, people: &[Person]) -> sqlx::Result<HashMap<Person, Registered>> {
    let (teams, accounts, identities) = columns(people);
    let new_ids: Vec<Uuid> = people.iter().map(|_| Uuid::now_v7()).collect();
    let rows = sqlx::query!(
        r#"
        INSERT INTO contact_identities (team_id, account_id, identity, contact_id)
        SELECT team_id, account_id, identity, contact_id
        FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::uuid[])
             AS people (team_id, account_id, identity, contact_id)
        ON CONFLICT DO NOTHING
        RETURNING contact_id
        "#,
        &teams,
        &accounts,
        &identities as &[&[u8]],
        &new_ids,
    )
    .fetch_all(pool)
    .await?;
    let inserted: HashSet<Uuid> = rows.into_iter().map(|row| row.contact_id).collect();
    let drawn = people.iter().zip(new_ids);
    Ok(drawn
        .filter(|(_, contact_id)| inserted.contains(contact_id))
        .map(|(person, contact_id)| {
            let registered = Registered {
                contact_id,
                is_new: true,
            };
            (person.clone(), registered)
        })
        .collect())
}

/// The contacts of those who have one.
pub(crate) async fn find(
    pool: &PgPool,
    people: &[Person],
) -> sqlx::Result<HashMap<Person, Registered>> {
    let (teams, accounts, identities) = columns(people);
    let rows = sqlx::query!(
        r#"
        SELECT known.team_id, known.account_id, known.identity, known.contact_id
        FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])
             AS people (team_id, account_id, identity)
        JOIN contact_identities known USING (team_id, account_id, identity)
        "#,
        &teams,
        &accounts,
        &identities as &[&[u8]],
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            // What is stored is what was asked for, and so has this length.
            let person = Person {
                team_id: row.team_id,
                account_id: row.account_id,
                identity: row.identity.try_into().ok()?,
            };
            let registered = Registered {
                contact_id: row.contact_id,
                is_new: false,
            };
            Some((person, registered))
        })
        .collect())
}

fn columns(people: &[Person]) -> (Vec<Uuid>, Vec<Uuid>, Vec<&[u8]>) {
    (
        people.iter().map(|person| person.team_id).collect(),
        people.iter().map(|person| person.account_id).collect(),
        people
            .iter()
            .map(|person| person.identity.as_slice())
            .collect(),
    )
}
