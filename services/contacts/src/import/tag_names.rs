use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, mem,
};

use anyhow::Context as _;
use contacts_domain::{Tag, TagDictionary, TagError, tag_dictionary_id};
use event_bus::ConsistencyToken;
use event_store::{CommandContext, EventStore, ExecuteError};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{batches::TakenRow, rows::FileError};
use crate::commands::{EnsuredTags, ensure_tags};

/// Turns the names of a file's tags into ids, for a thread that may block.
pub(crate) struct TagNames {
    pub(crate) store: EventStore,
    pub(crate) command: CommandContext,
    pub(crate) runtime: Handle,
    /// Only asks: a tag that there is not has an id that no row was ever imported with.
    pub(crate) dry_run: bool,
    pub(crate) known: BTreeMap<Tag, Uuid>,
    /// After what was created for the file.
    pub(crate) token: ConsistencyToken,
}

impl TagNames {
    /// Asks once for all names that are new in these rows, and creates those that there are not.
    pub(crate) fn resolve(&mut self, rows: &mut [TakenRow]) -> Result<(), FileError> {
        let names = rows.iter().flat_map(|row| &row.row.tags);
        let new: BTreeSet<Tag> = names
            .filter(|name| !self.known.contains_key(name))
            .cloned()
            .collect();
        if !new.is_empty() {
            let asked = self.runtime.block_on(self.ask(new))?;
            self.known.extend(asked.ids);
            self.token = mem::take(&mut self.token).merge(asked.token);
        }
        for row in rows {
            let ids = row.row.tags.iter().filter_map(|name| self.known.get(name));
            row.tag_ids = ids.copied().collect();
            row.tag_ids.sort_unstable();
        }
        Ok(())
    }

    async fn ask(&self, names: BTreeSet<Tag>) -> Result<EnsuredTags, FileError> {
        if self.dry_run {
            let dictionary_id = tag_dictionary_id(self.command.team_id);
            let dictionary = self.store.load::<TagDictionary>(dictionary_id).await;
            let dictionary = dictionary
                .context("cannot read the dictionary")
                .map_err(FileError::Internal)?
                .state;
            let id = |name: &Tag| dictionary.id_of(name.as_str()).unwrap_or_default();
            let ids = names.into_iter().map(|name| (name.clone(), id(&name)));
            return Ok(EnsuredTags {
                ids: ids.collect(),
                ..EnsuredTags::default()
            });
        }
        match ensure_tags(&self.store, &self.command, names).await {
            Ok(ensured) => Ok(ensured),
            Err(ExecuteError::Refused(TagError::TooMany)) => Err(FileError::TooManyTags),
            Err(error) => Err(FileError::Internal(error.into())),
        }
    }
}

impl fmt::Debug for TagNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TagNames").finish_non_exhaustive()
    }
}
