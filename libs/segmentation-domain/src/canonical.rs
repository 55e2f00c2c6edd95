use crate::Filter;

impl<T> Filter<T> {
    /// The same filter in the one form that its text is read as: nothing around a single filter,
    /// and a range in one piece.
    #[must_use]
    pub fn canonical(self) -> Self {
        match self {
            Self::All(filters) => {
                let filters = filters.into_iter().map(Self::canonical);
                Self::all_of(filters.collect())
            }
            Self::Any(filters) => {
                let filters = filters.into_iter().map(Self::canonical);
                Self::any_of(filters.collect())
            }
            Self::Not(filter) => Self::negation(filter.canonical()),
            Self::HasAllTags(tags) if tags.len() == 1 => Self::HasAnyTag(tags),
            Self::HasAllTags(_)
            | Self::HasAnyTag(_)
            | Self::HasNoTag(_)
            | Self::LastInteraction(_)
            | Self::SubscribedAt(_)
            | Self::Status(_)
            | Self::Name(_)
            | Self::Phone(_)
            | Self::Email(_)
            | Self::MemberNumber(_)
            | Self::SiteBound(_) => self,
        }
    }

    /// All of what has been brought into form. A beginning and the end right after it are one range.
    pub(crate) fn all_of(filters: Vec<Self>) -> Self {
        let mut joined: Vec<Self> = Vec::with_capacity(filters.len());
        for filter in filters {
            match joined.last().and_then(|last| last.until(&filter)) {
                Some(range) => {
                    joined.pop();
                    joined.push(range);
                }
                None => joined.push(filter),
            }
        }
        Self::group(joined, Self::All)
    }

    pub(crate) fn any_of(filters: Vec<Self>) -> Self {
        Self::group(filters, Self::Any)
    }

    pub(crate) fn negation(filter: Self) -> Self {
        if let Self::HasAnyTag(tags) = filter {
            Self::HasNoTag(tags)
        } else {
            Self::Not(Box::new(filter))
        }
    }

    fn group(mut filters: Vec<Self>, all: impl Fn(Vec<Self>) -> Self) -> Self {
        match filters.pop() {
            Some(single) if filters.is_empty() => single,
            Some(last) => {
                filters.push(last);
                all(filters)
            }
            None => all(filters),
        }
    }

    fn until(&self, next: &Self) -> Option<Self> {
        if let (Self::LastInteraction(from), Self::LastInteraction(to)) = (self, next) {
            return from.until(*to).map(Self::LastInteraction);
        }
        if let (Self::SubscribedAt(from), Self::SubscribedAt(to)) = (self, next) {
            return from.until(*to).map(Self::SubscribedAt);
        }
        None
    }
}
