use std::collections::HashMap;

use segmentation_domain::TagRef;
use uuid::Uuid;

/// A team's accounts, and its dictionary of tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    pub(crate) accounts: HashMap<Uuid, AccountWords>,
    names: HashMap<Uuid, String>,
    ids: HashMap<String, Uuid>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountWords {
    /// The number of a `Channel`.
    pub(crate) channel: i32,
    pub(crate) connected: bool,
}

impl Words {
    pub(super) fn new(
        accounts: HashMap<Uuid, AccountWords>,
        tags: impl IntoIterator<Item = (Uuid, String)>,
    ) -> Self {
        let names: HashMap<Uuid, String> = tags.into_iter().collect();
        let ids = names.iter().map(|(id, name)| (name.clone(), *id));
        Self {
            accounts,
            ids: ids.collect(),
            names,
        }
    }

    /// `None`: the team has no such tag.
    pub(crate) fn tag_id(&self, tag: &TagRef) -> Option<Uuid> {
        match tag {
            TagRef::Name(name) => self.ids.get(name).copied(),
            TagRef::Id(id) => self.names.contains_key(id).then_some(*id),
        }
    }

    /// `None`: it was deleted.
    pub(crate) fn tag_name(&self, tag_id: Uuid) -> Option<&str> {
        self.names.get(&tag_id).map(String::as_str)
    }

    /// Each tag with its name.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (Uuid, &str)> {
        self.names.iter().map(|(id, name)| (*id, name.as_str()))
    }

    /// The channel of an account; `None` as long as its own events have not come.
    pub(crate) fn channel(&self, account_id: Uuid) -> Option<i32> {
        self.accounts
            .get(&account_id)
            .map(|account| account.channel)
    }
}
