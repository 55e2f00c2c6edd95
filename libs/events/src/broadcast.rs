use proto::events::broadcast::v1::{
    AudienceFrozen, BroadcastCompleted, BroadcastConfirmed, BroadcastDrafted, BroadcastPaused,
    BroadcastResumed, BroadcastStopped, ChunkStored, RecipientsExcluded, RecipientsProgressed,
    WindowSettled, WindowStarted,
};

use crate::codec::log_events;

log_events! {
    /// What happens to a broadcast, its chunks, and those left out of it.
    BroadcastLogEvent {
        Drafted(BroadcastDrafted), stored as "fanfare.events.broadcast.v1.BroadcastDrafted", ids [broadcast_id, account_id];
        Confirmed(BroadcastConfirmed), stored as "fanfare.events.broadcast.v1.BroadcastConfirmed", ids [broadcast_id];
        AudienceFrozen(AudienceFrozen), stored as "fanfare.events.broadcast.v1.AudienceFrozen", ids [broadcast_id];
        Excluded(RecipientsExcluded), stored as "fanfare.events.broadcast.v1.RecipientsExcluded", ids [broadcast_id];
        ChunkStored(ChunkStored), stored as "fanfare.events.broadcast.v1.ChunkStored", ids [chunk_id, broadcast_id, account_id];
        WindowStarted(WindowStarted), stored as "fanfare.events.broadcast.v1.WindowStarted", ids [chunk_id, broadcast_id, retry_key];
        WindowSettled(WindowSettled), stored as "fanfare.events.broadcast.v1.WindowSettled", ids [chunk_id, broadcast_id];
        Progressed(RecipientsProgressed), stored as "fanfare.events.broadcast.v1.RecipientsProgressed", ids [chunk_id, broadcast_id];
        Paused(BroadcastPaused), stored as "fanfare.events.broadcast.v1.BroadcastPaused", ids [broadcast_id];
        Resumed(BroadcastResumed), stored as "fanfare.events.broadcast.v1.BroadcastResumed", ids [broadcast_id];
        Stopped(BroadcastStopped), stored as "fanfare.events.broadcast.v1.BroadcastStopped", ids [broadcast_id];
        Completed(BroadcastCompleted), stored as "fanfare.events.broadcast.v1.BroadcastCompleted", ids [broadcast_id];
    }
}

/// `Outcome.code` of those whose message the channel took and keeps back for now.
pub const HELD: &str = "held";
