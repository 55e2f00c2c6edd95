use uuid::Uuid;

/// The identity of one aggregate's event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// The kind of aggregate. Tells a reader of the log what it sees; `id` alone is unique.
    pub category: &'static str,
    pub id: Uuid,
}
