use std::collections::BTreeMap;

use contacts_domain::first_tag_id;
use events::{TagEvent, contact::ContactsImported};
use sqlx::PgTransaction;
use uuid::Uuid;

/// Names of tags that old imports have told, by team and id.
#[derive(Debug, Default)]
pub(super) struct LegacyNames(BTreeMap<(Uuid, Uuid), String>);

impl LegacyNames {
    pub(super) fn add(&mut self, team_id: Uuid, imported: &ContactsImported) {
        for name in imported.contacts.iter().flat_map(|contact| &contact.tags) {
            self.0
                .entry((team_id, first_tag_id(team_id, name)))
                .or_insert_with(|| name.clone());
        }
    }

    /// What the dictionary says of a tag counts more, whichever comes first.
    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (ids, names): (Vec<(Uuid, Uuid)>, Vec<String>) = self.0.into_iter().unzip();
        let (teams, tags): (Vec<Uuid>, Vec<Uuid>) = ids.into_iter().unzip();
        sqlx::query!(
            "INSERT INTO tags (team_id, tag_id, name)
             SELECT team_id, tag_id, name
             FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS told (team_id, tag_id, name)
             ON CONFLICT (team_id, tag_id) DO NOTHING",
            &teams,
            &tags,
            &names,
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// What happened to a team's dictionary. Rare enough to be statements of their own.
pub(super) async fn apply(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    event: &TagEvent,
) -> sqlx::Result<()> {
    match event {
        TagEvent::Created(created) => {
            for tag in &created.tags {
                let tag_id = events::id(&tag.tag_id);
                set(tx, team_id, tag_id, Some(&tag.name)).await?;
            }
            Ok(())
        }
        TagEvent::Renamed(tag) => set(tx, team_id, events::id(&tag.tag_id), Some(&tag.name)).await,
        TagEvent::Deleted(tag) => set(tx, team_id, events::id(&tag.tag_id), None).await,
    }
}

async fn set(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    tag_id: Uuid,
    name: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO tags (team_id, tag_id, name) VALUES ($1, $2, $3)
         ON CONFLICT (team_id, tag_id) DO UPDATE SET name = excluded.name",
        team_id,
        tag_id,
        name,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
