use std::collections::{BTreeMap, BTreeSet};

use contacts_domain::first_tag_id;
use event_store::LoggedEvent;
use events::{AccountEvent, ContactEvent, TagEvent, id};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::changes::Changes;

/// What filters and totals ask of accounts: the channel, and whether one is connected.
pub(super) async fn save_accounts(
    tx: &mut PgTransaction<'_>,
    events: &[(Uuid, AccountEvent)],
    changes: &mut Changes,
) -> sqlx::Result<()> {
    for (team_id, event) in events {
        let (account_id, channel, connected) = match event {
            AccountEvent::Connected(event) => (&event.account_id, event.channel, true),
            AccountEvent::Disconnected(event) => (&event.account_id, event.channel, false),
            AccountEvent::Reconnected(event) => (&event.account_id, event.channel, true),
            AccountEvent::CredentialsRotated(_) => continue,
        };
        sqlx::query!(
            "INSERT INTO accounts (account_id, team_id, channel, connected) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id) DO UPDATE SET connected = excluded.connected",
            id(account_id),
            team_id,
            i16::try_from(channel).unwrap_or_default(),
            connected,
        )
        .execute(&mut **tx)
        .await?;
        changes.add_words(*team_id);
    }
    Ok(())
}

/// The dictionary, of which the last word counts: its events come in order.
pub(super) async fn save_tags(
    tx: &mut PgTransaction<'_>,
    events: &[(Uuid, TagEvent)],
    changes: &mut Changes,
) -> sqlx::Result<()> {
    let mut names: BTreeMap<(Uuid, Uuid), Option<&str>> = BTreeMap::new();
    for (team_id, event) in events {
        match event {
            TagEvent::Created(event) => {
                for tag in &event.tags {
                    names.insert((*team_id, id(&tag.tag_id)), Some(&tag.name));
                }
            }
            TagEvent::Renamed(event) => {
                names.insert((*team_id, id(&event.tag_id)), Some(&event.name));
            }
            TagEvent::Deleted(event) => {
                names.insert((*team_id, id(&event.tag_id)), None);
            }
        }
        changes.add_words(*team_id);
    }
    if names.is_empty() {
        return Ok(());
    }
    let (ids, names): (Vec<(Uuid, Uuid)>, Vec<Option<&str>>) = names.into_iter().unzip();
    let (teams, tags): (Vec<Uuid>, Vec<Uuid>) = ids.into_iter().unzip();
    sqlx::query!(
        "INSERT INTO tags (team_id, tag_id, name)
         SELECT team_id, tag_id, name
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS new (team_id, tag_id, name)
         ON CONFLICT (team_id, tag_id) DO UPDATE SET name = excluded.name",
        &teams,
        &tags,
        &names as &[Option<&str>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Imports from before tags had ids brought their names along. What the dictionary says of such a tag
/// came later, whichever of the two is read first.
pub(super) async fn save_names_of_old(
    tx: &mut PgTransaction<'_>,
    events: &[(&LoggedEvent, ContactEvent)],
    changes: &mut Changes,
) -> sqlx::Result<()> {
    let mut names: BTreeSet<(Uuid, &str)> = BTreeSet::new();
    for (logged, event) in events {
        if let ContactEvent::Imported(event) = event {
            let tags = event.contacts.iter().flat_map(|contact| &contact.tags);
            names.extend(tags.map(|name| (logged.team_id, name.as_str())));
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    for (team_id, _) in &names {
        changes.add_words(*team_id);
    }
    let (teams, names): (Vec<Uuid>, Vec<&str>) = names.into_iter().unzip();
    let tags: Vec<Uuid> = teams
        .iter()
        .zip(&names)
        .map(|(team_id, name)| first_tag_id(*team_id, name))
        .collect();
    sqlx::query!(
        "INSERT INTO tags (team_id, tag_id, name)
         SELECT team_id, tag_id, name
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS new (team_id, tag_id, name)
         ORDER BY team_id, tag_id
         ON CONFLICT (team_id, tag_id) DO NOTHING",
        &teams,
        &tags,
        &names as &[&str],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
