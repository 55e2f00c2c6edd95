use std::mem;

use contacts_domain::{FrozenJob, JOB_CHUNK_CONTACTS_MAX};
use event_store::EventStore;
use uuid::Uuid;

use super::chunks::{Chunk, ID_BYTES};

/// Everyone that a job is for, on the way into chunks: of one partition each, for so are events.
#[derive(Debug)]
pub(super) struct Staging {
    waiting: Vec<Vec<u8>>,
    full: Vec<Chunk>,
    chunk_count: i32,
    contacts: i64,
}

impl Staging {
    pub(super) fn new(store: &EventStore) -> Self {
        Self {
            waiting: (0..store.meta().partitions).map(|_| Vec::new()).collect(),
            full: Vec::new(),
            chunk_count: 0,
            contacts: 0,
        }
    }

    pub(super) fn add(&mut self, store: &EventStore, contact_id: Uuid) {
        let partition = store.partition_of(contact_id);
        self.contacts += 1;
        let Some(waiting) = self.waiting.get_mut(usize::from(partition.unsigned_abs())) else {
            return;
        };
        waiting.extend_from_slice(contact_id.as_bytes());
        if waiting.len() >= JOB_CHUNK_CONTACTS_MAX * ID_BYTES {
            let contact_ids = mem::take(waiting);
            self.close(partition, contact_ids);
        }
    }

    /// Chunks that are full, and not yet stored.
    pub(super) fn take_full(&mut self) -> Vec<Chunk> {
        mem::take(&mut self.full)
    }

    /// The chunks that are left, and what all come to.
    pub(super) fn finish(mut self) -> (Vec<Chunk>, FrozenJob) {
        for (partition, contact_ids) in mem::take(&mut self.waiting).into_iter().enumerate() {
            if !contact_ids.is_empty() {
                let partition = i16::try_from(partition).unwrap_or_default();
                self.close(partition, contact_ids);
            }
        }
        let frozen = FrozenJob {
            contacts: self.contacts,
            chunk_count: self.chunk_count.unsigned_abs(),
        };
        (self.full, frozen)
    }

    fn close(&mut self, partition: i16, contact_ids: Vec<u8>) {
        self.full.push(Chunk {
            index: self.chunk_count,
            partition,
            contact_ids,
        });
        self.chunk_count += 1;
    }
}
