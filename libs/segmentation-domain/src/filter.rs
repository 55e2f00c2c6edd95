use uuid::Uuid;

use crate::{FilterError, NameMatch, Range, StatusFilter, TagRef};

/// Which contacts. Made from protobuf or from text, it is within the limits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter<T = TagRef> {
    /// An empty `All` is everyone, an empty `Any` nobody.
    All(Vec<Filter<T>>),
    Any(Vec<Filter<T>>),
    Not(Box<Filter<T>>),
    HasAnyTag(Vec<T>),
    HasAllTags(Vec<T>),
    HasNoTag(Vec<T>),
    /// A contact without such a time is in no range.
    LastInteraction(Range),
    SubscribedAt(Range),
    Status(StatusFilter),
    Name(NameMatch),
    Phone(String),
    Email(String),
    MemberNumber(String),
    SiteBound(bool),
}

/// A filter with the ids of the team's tags.
pub type ResolvedFilter = Filter<Uuid>;

impl<T> Filter<T> {
    #[must_use]
    pub fn everyone() -> Self {
        Self::All(Vec::new())
    }

    /// Whether it says anything of the status. If not, lists show the subscribed only.
    #[must_use]
    pub fn mentions_status(&self) -> bool {
        self.any_node(&mut |filter| matches!(filter, Self::Status(_)))
    }

    /// Whether a part of it satisfies `wanted`.
    pub fn any_node(&self, wanted: &mut impl FnMut(&Self) -> bool) -> bool {
        wanted(self)
            || match self {
                Self::All(filters) | Self::Any(filters) => {
                    filters.iter().any(|filter| filter.any_node(wanted))
                }
                Self::Not(filter) => filter.any_node(wanted),
                Self::HasAnyTag(_)
                | Self::HasAllTags(_)
                | Self::HasNoTag(_)
                | Self::LastInteraction(_)
                | Self::SubscribedAt(_)
                | Self::Status(_)
                | Self::Name(_)
                | Self::Phone(_)
                | Self::Email(_)
                | Self::MemberNumber(_)
                | Self::SiteBound(_) => false,
            }
    }

    /// All tags in it, with repetitions.
    pub fn tags(&self) -> Vec<&T> {
        match self {
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().flat_map(Self::tags).collect()
            }
            Self::Not(filter) => filter.tags(),
            Self::HasAnyTag(tags) | Self::HasAllTags(tags) | Self::HasNoTag(tags) => {
                tags.iter().collect()
            }
            Self::LastInteraction(_)
            | Self::SubscribedAt(_)
            | Self::Status(_)
            | Self::Name(_)
            | Self::Phone(_)
            | Self::Email(_)
            | Self::MemberNumber(_)
            | Self::SiteBound(_) => Vec::new(),
        }
    }

    /// The same filter with other words for its tags, or the first error with its place. `map` is
    /// given all tags of a condition and the place of one.
    fn map_tags<U>(
        &self,
        map: &impl Fn(&[T], usize) -> Result<U, FilterError>,
    ) -> Result<Filter<U>, FilterError> {
        let all = |filters: &[Self], field: &str| -> Result<Vec<Filter<U>>, FilterError> {
            let mapped = filters.iter().enumerate().map(|(place, filter)| {
                let filter = filter.map_tags(map);
                filter.map_err(|error| error.within(&format!("{field}.filters[{place}]")))
            });
            mapped.collect()
        };
        let tags = |tags: &[T], field: &str| -> Result<Vec<U>, FilterError> {
            let mapped = (0..tags.len()).map(|place| map(tags, place));
            mapped
                .map(|mapped| mapped.map_err(|error| error.within(field)))
                .collect()
        };
        Ok(match self {
            Self::All(filters) => Filter::All(all(filters, "all")?),
            Self::Any(filters) => Filter::Any(all(filters, "any")?),
            Self::Not(filter) => {
                let filter = filter.map_tags(map).map_err(|error| error.within("not"))?;
                Filter::Not(Box::new(filter))
            }
            Self::HasAnyTag(given) => Filter::HasAnyTag(tags(given, "has_any_tag")?),
            Self::HasAllTags(given) => Filter::HasAllTags(tags(given, "has_all_tags")?),
            Self::HasNoTag(given) => Filter::HasNoTag(tags(given, "has_no_tag")?),
            Self::LastInteraction(range) => Filter::LastInteraction(*range),
            Self::SubscribedAt(range) => Filter::SubscribedAt(*range),
            Self::Status(status) => Filter::Status(*status),
            Self::Name(name) => Filter::Name(name.clone()),
            Self::Phone(phone) => Filter::Phone(phone.clone()),
            Self::Email(email) => Filter::Email(email.clone()),
            Self::MemberNumber(number) => Filter::MemberNumber(number.clone()),
            Self::SiteBound(bound) => Filter::SiteBound(*bound),
        })
    }
}

impl Filter<TagRef> {
    /// The same filter by tag ids. `find` answers `None` for a tag that the team does not have,
    /// which is an error that names its place in the protobuf form.
    pub fn resolve(
        &self,
        find: impl Fn(&TagRef) -> Option<Uuid>,
    ) -> Result<ResolvedFilter, FilterError> {
        let resolved = self.map_tags(&|tags, place| {
            find(&tags[place]).ok_or_else(|| tags[place].unknown().within(&field(tags, place)))
        });
        resolved.map_err(|error| error.within("filter"))
    }
}

impl Filter<TagRef> {
    /// The same filter with other words for some of its tags: `None` leaves one as it is.
    #[must_use]
    pub fn rename(&self, rename: impl Fn(&TagRef) -> Option<TagRef>) -> Self {
        let renamed = self.map_tags(&|tags, place| {
            let tag = &tags[place];
            Ok(rename(tag).unwrap_or_else(|| tag.clone()))
        });
        // Nothing in it can fail.
        renamed.unwrap_or_else(|_| self.clone())
    }
}

impl Filter<Uuid> {
    /// The same filter as people read it. A tag that has no name any more stays an id.
    #[must_use]
    pub fn named(&self, name: impl Fn(Uuid) -> Option<String>) -> Filter<TagRef> {
        let named = self.map_tags(&|tags, place| {
            let id = tags[place];
            Ok(name(id).map_or(TagRef::Id(id), TagRef::Name))
        });
        // Nothing in it can fail.
        named.unwrap_or_else(|_| Filter::Any(Vec::new()))
    }
}

/// Where a tag is in its protobuf condition, which has the names apart from the ids.
fn field(tags: &[TagRef], place: usize) -> String {
    let names = tags.iter().filter(|tag| matches!(tag, TagRef::Name(_)));
    match tags[place] {
        TagRef::Name(_) => format!("tags[{place}]"),
        TagRef::Id(_) => format!("tag_ids[{}]", place.saturating_sub(names.count())),
    }
}
