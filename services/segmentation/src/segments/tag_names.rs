use std::collections::HashMap;

use segmentation_domain::{Filter, TagRef};
use sqlx::PgPool;
use uuid::Uuid;

/// Some of a team's tags: those that filters speak of.
#[derive(Debug, Default)]
pub(super) struct TagNames {
    names: HashMap<Uuid, String>,
    ids: HashMap<String, Uuid>,
}

impl TagNames {
    /// The tags of filters as people write them.
    pub(super) async fn of_filter(
        pool: &PgPool,
        team_id: Uuid,
        filter: &Filter,
    ) -> sqlx::Result<Self> {
        let mut names = Vec::new();
        let mut ids = Vec::new();
        for tag in filter.tags() {
            match tag {
                TagRef::Name(name) => names.push(name.clone()),
                TagRef::Id(id) => ids.push(*id),
            }
        }
        Self::load(pool, team_id, &names, &ids).await
    }

    /// The tags of filters as they are stored.
    pub(super) async fn of_filters<'a>(
        pool: &PgPool,
        team_id: Uuid,
        filters: impl IntoIterator<Item = &'a Filter>,
    ) -> sqlx::Result<Self> {
        let tags = filters.into_iter().flat_map(Filter::tags);
        let mut ids: Vec<Uuid> = tags
            .filter_map(|tag| match tag {
                TagRef::Id(id) => Some(*id),
                TagRef::Name(_) => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Self::load(pool, team_id, &[], &ids).await
    }

    async fn load(
        pool: &PgPool,
        team_id: Uuid,
        names: &[String],
        ids: &[Uuid],
    ) -> sqlx::Result<Self> {
        if names.is_empty() && ids.is_empty() {
            return Ok(Self::default());
        }
        let rows = sqlx::query!(
            r#"SELECT tag_id, name AS "name!" FROM tags
               WHERE team_id = $1 AND name IS NOT NULL AND (name = ANY ($2) OR tag_id = ANY ($3))"#,
            team_id,
            names,
            ids,
        )
        .fetch_all(pool)
        .await?;
        let mut tags = Self::default();
        for row in rows {
            tags.ids.insert(row.name.clone(), row.tag_id);
            tags.names.insert(row.tag_id, row.name);
        }
        Ok(tags)
    }

    /// `None`: the team has no such tag, or has it no more.
    pub(super) fn find(&self, tag: &TagRef) -> Option<Uuid> {
        match tag {
            TagRef::Name(name) => self.ids.get(name).copied(),
            TagRef::Id(id) => self.names.contains_key(id).then_some(*id),
        }
    }

    /// The filter with the names of today, where there are any.
    pub(super) fn name(&self, filter: &Filter) -> Filter {
        filter.rename(|tag| match tag {
            TagRef::Id(id) => self.names.get(id).map(|name| TagRef::Name(name.clone())),
            TagRef::Name(_) => None,
        })
    }
}
