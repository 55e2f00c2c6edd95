use proto::events::segmentation::v1::{SegmentDeleted, SegmentSaved};

use crate::codec::log_events;

log_events! {
    /// What happens to a team's saved segments.
    SegmentsLogEvent {
        Saved(SegmentSaved), stored as "fanfare.events.segmentation.v1.SegmentSaved", ids [segment_id];
        Deleted(SegmentDeleted), stored as "fanfare.events.segmentation.v1.SegmentDeleted", ids [segment_id];
    }
}
