/// Why a command is refused. Worded for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BroadcastError {
    #[error("there is no such broadcast")]
    NotFound,
    #[error("another broadcast was drafted with this request id")]
    AlreadyExists,
    #[error("the broadcast is still a draft; confirm it first")]
    NotConfirmed,
    #[error("the broadcast's audience is being frozen; try again in a moment")]
    Preparing,
    #[error("the broadcast was confirmed before")]
    AlreadyConfirmed,
    #[error("the broadcast's audience was frozen before, to another one")]
    AlreadyFrozen,
    #[error("the broadcast is done")]
    Done,
    #[error("the broadcast was stopped, since the channel refused its content")]
    Stopped,
}
