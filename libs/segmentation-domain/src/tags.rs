use contacts_domain::Tag;
use uuid::Uuid;

use crate::FilterError;

/// A tag as somebody names it, before the team's dictionary has been asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagRef {
    /// Its name of today.
    Name(String),
    /// Its id, which renaming does not change.
    Id(Uuid),
}

impl TagRef {
    pub(crate) fn name(text: &str) -> Result<Self, FilterError> {
        match Tag::parse(text) {
            Ok(tag) => Ok(Self::Name(tag.into_string())),
            Err(wrong) => Err(FilterError::here("TAG_INVALID", format!("the tag {wrong}"))),
        }
    }

    pub(crate) fn id(text: &str) -> Result<Self, FilterError> {
        Uuid::parse_str(text)
            .map(Self::Id)
            .map_err(|_| FilterError::here("NOT_A_UUID", "is not a UUID"))
    }

    pub(crate) fn unknown(&self) -> FilterError {
        let message = match self {
            Self::Name(name) => format!("there is no tag {name:?}"),
            Self::Id(id) => format!("there is no tag with the id {id}"),
        };
        FilterError::here("TAG_UNKNOWN", message)
    }
}
