use std::{cmp::Ordering, fmt};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogPosition {
    pub partition: i16,
    /// From 1, without gaps, in commit order within the partition. 0 is before the first event.
    pub position: i64,
}

impl PartialOrd for LogPosition {
    /// Positions of different partitions have no order.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.partition == other.partition).then(|| self.position.cmp(&other.position))
    }
}

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.position)
    }
}

/// An event with what the log knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    pub at: LogPosition,
    pub stream_id: Uuid,
    /// The event's place in its stream, from 1.
    pub version: i64,
    pub event_id: Uuid,
    pub event_type: String,
    pub category: String,
    pub team_id: Uuid,
    pub recorded_at: DateTime<Utc>,
    pub payload: Vec<u8>,
    pub metadata: Vec<u8>,
}

/// The partition that a stream is in, for as long as its log lives.
#[must_use]
pub fn partition_of(stream_id: Uuid, partitions: i16) -> i16 {
    let partitions = u64::from(partitions.unsigned_abs().max(1));
    let partition = xxh3_64(stream_id.as_bytes()) % partitions;
    // Less than `partitions`, which is an `i16`.
    i16::try_from(partition).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that moved to another partition would lose its history: these never change.
    #[test]
    fn the_partition_of_a_stream_never_changes() {
        let partitions: Vec<i16> = (0..8)
            .map(|n| partition_of(Uuid::from_u128(n), 16))
            .collect();
        assert_eq!(partitions, PINNED);
    }

    #[test]
    fn streams_spread_over_all_partitions() {
        let mut counts = [0_u32; 4];
        for n in 0..4_000 {
            let partition = partition_of(Uuid::from_u128(n), 4);
            counts[usize::from(partition.unsigned_abs())] += 1;
        }
        assert!(
            counts.iter().all(|count| (800..1200).contains(count)),
            "{counts:?}"
        );
    }

    const PINNED: [i16; 8] = [8, 11, 15, 3, 12, 1, 11, 0];
}
