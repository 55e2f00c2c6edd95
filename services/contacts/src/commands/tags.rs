use std::collections::BTreeMap;

use contacts_domain::{
    KnownTag, NewTag, Tag, TagCommand, TagDictionary, TagError, tag_dictionary_id,
};
use event_bus::ConsistencyToken;
use event_store::{CommandContext, EventStore, ExecuteError, LoadError, LogPosition, read_head};
use sqlx::PgPool;
use uuid::Uuid;

/// How often the dictionary is asked again for a tag that somebody deleted meanwhile.
const ATTEMPTS: usize = 3;

/// Tags that there are now, whoever created them.
#[derive(Debug, Default)]
pub(crate) struct EnsuredTags {
    pub(crate) ids: BTreeMap<Tag, Uuid>,
    /// After they were created, by whomever.
    pub(crate) token: ConsistencyToken,
}

/// The ids of a team's tags, by name. Those that there are not yet are created.
///
/// At the same time as others, too: each name gets one id. Of `command`, the request id is left out,
/// since asking again changes nothing.
pub(crate) async fn ensure_tags(
    store: &EventStore,
    command: &CommandContext,
    names: impl IntoIterator<Item = Tag>,
) -> Result<EnsuredTags, ExecuteError<TagError>> {
    let team_id = command.team_id;
    let dictionary_id = tag_dictionary_id(team_id);
    let names: Vec<Tag> = names.into_iter().collect();
    let mut ensured = EnsuredTags::default();
    for _ in 0..ATTEMPTS {
        let dictionary = store.load::<TagDictionary>(dictionary_id).await?.state;
        ensured.ids = find(&dictionary, &names);
        if names.iter().all(|name| ensured.ids.contains_key(name)) {
            ensured.token = token_of(store, dictionary_id).await?;
            return Ok(ensured);
        }
        let context = CommandContext {
            request_id: None,
            ..command.clone()
        };
        let tags = names.iter().map(|name| NewTag {
            name: name.clone(),
            fresh_id: Uuid::now_v7(),
        });
        let ensure = TagCommand::Ensure {
            team_id,
            tags: tags.collect(),
        };
        store
            .execute::<TagDictionary>(&context, dictionary_id, ensure)
            .await?;
    }
    // Somebody deletes them as fast as they are created: then that is what is wanted.
    Ok(ensured)
}

/// All that has happened to a dictionary.
async fn token_of(store: &EventStore, dictionary_id: Uuid) -> Result<ConsistencyToken, LoadError> {
    let partition = store.partition_of(dictionary_id);
    let head = read_head(store.pool(), partition).await?;
    Ok(ConsistencyToken::of(
        &store.meta().name,
        LogPosition {
            partition,
            position: head,
        },
    ))
}

fn find(dictionary: &TagDictionary, names: &[Tag]) -> BTreeMap<Tag, Uuid> {
    let found = names.iter().filter_map(|name| {
        let tag_id = dictionary.id_of(name.as_str())?;
        Some((name.clone(), tag_id))
    });
    found.collect()
}

/// What the read model has of a tag and of a name: it knows tags from before there was a dictionary.
pub(crate) async fn known_tags(
    pool: &PgPool,
    team_id: Uuid,
    tag_id: Option<Uuid>,
    name: Option<&str>,
) -> sqlx::Result<Vec<KnownTag>> {
    let rows = sqlx::query!(
        r#"SELECT tag_id, name AS "name!" FROM tags
           WHERE team_id = $1 AND name IS NOT NULL AND (tag_id = $2 OR name = $3)"#,
        team_id,
        tag_id,
        name,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| KnownTag {
            tag_id: row.tag_id,
            name: row.name,
        })
        .collect())
}
