use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Outcome, Progress, Recipients};

/// People in one chunk: as many as LINE takes in a call.
pub const RECIPIENTS_MAX: usize = 500;

#[derive(Debug, Clone)]
pub enum ChunkCommand {
    Store {
        chunk_id: Uuid,
        broadcast_id: Uuid,
        account_id: Uuid,
        /// From 0, within the broadcast.
        index: u32,
        /// A recipient is named by its place here, from 0.
        contact_ids: Vec<Uuid>,
    },
    /// Before the first call to `recipients`.
    StartWindow {
        recipients: Recipients,
        /// Sent with every call of the window, and with no other.
        retry_key: Uuid,
        at: DateTime<Utc>,
    },
    /// Before another worker's first call in the open window, under its retry key. Each taking over is an
    /// event of its own: it is what fences off the worker before, should that one still live.
    TakeOverWindow { window: u32 },
    /// After the last call of the window. Recipients without an outcome were not sent to, and are free again.
    SettleWindow {
        window: u32,
        outcomes: Vec<Outcome>,
        at: DateTime<Utc>,
    },
    /// These people will not be sent to. Who has an outcome keeps it, and who is not in the chunk is passed over.
    LeaveOut {
        contact_ids: Vec<Uuid>,
        code: String,
        at: DateTime<Utc>,
    },
    /// What the channel told later, at any time, in any order, and perhaps again.
    Progress(Progress),
    /// Nobody who has no outcome yet will be sent to.
    Abandon { code: String, at: DateTime<Utc> },
}
