use event_sourcing::StreamId;
use event_store::EventStore;
use uuid::Uuid;

/// The streams that an account's imports are appended to: one in each partition.
///
/// A contact's events all have to be in the partition of the contact's own stream, so that they have
/// one order. An import's event goes to the lane of the partition that its contacts are in.
#[derive(Debug)]
pub(crate) struct Lanes {
    streams: Vec<StreamId>,
}

impl Lanes {
    /// The same for every import of the account.
    pub(crate) fn new(store: &EventStore, account_id: Uuid) -> Self {
        let streams = (0..store.meta().partitions)
            .map(|partition| lane(store, account_id, partition))
            .collect();
        Self { streams }
    }

    pub(crate) fn of(&self, partition: i16) -> Option<StreamId> {
        self.streams
            .get(usize::from(partition.unsigned_abs()))
            .copied()
    }
}

/// Ids are drawn until one is in the partition: as many tries as there are partitions, on average.
fn lane(store: &EventStore, account_id: Uuid, partition: i16) -> StreamId {
    let mut attempt = 0_u32;
    loop {
        let name = format!("import/{partition}/{attempt}");
        let id = Uuid::new_v5(&account_id, name.as_bytes());
        if store.partition_of(id) == partition {
            return StreamId {
                category: "import",
                id,
            };
        }
        attempt += 1;
    }
}
