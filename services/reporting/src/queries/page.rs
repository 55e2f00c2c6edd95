/// A part of a list.
#[derive(Debug)]
pub(crate) struct Page<T, K> {
    pub(crate) items: Vec<T>,
    /// Where the next page goes on. None: this is the last.
    pub(crate) next: Option<K>,
}

/// A person's place in a list that is read from rows of many people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PlaceKey {
    /// The chunk's index, or the number of the excluded part.
    pub(crate) row: i32,
    pub(crate) place: i32,
}

impl<T, K> Page<T, K> {
    /// `items` is up to one more than `limit`: the one too many says that there is a next page.
    ///
    /// `key` is of the last item that is shown.
    pub(crate) fn after_last(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }
}

impl<T> Page<T, PlaceKey> {
    /// As [`after_last`](Self::after_last), with the place of the first item that is not shown.
    pub(crate) fn from_next(mut items: Vec<(PlaceKey, T)>, limit: u32) -> Self {
        let next = items.get(limit as usize).map(|(key, _)| *key);
        items.truncate(limit as usize);
        Self {
            items: items.into_iter().map(|(_, item)| item).collect(),
            next,
        }
    }
}
