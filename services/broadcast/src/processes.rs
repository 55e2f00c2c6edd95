//! What happens to a broadcast after it was confirmed, without anybody asking.

mod complete;
mod every;
mod freeze;
mod leave_out;
mod progress;
mod publish;
mod staging;

use self::every::each;
pub(crate) use self::{
    complete::Completer, every::every, freeze::Freezer, leave_out::LeaveOut, progress::Progressor,
};

/// Who does it, for the log.
const ACTOR: &str = "service:broadcast";
