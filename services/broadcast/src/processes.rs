//! What happens to a broadcast after it was confirmed, without anybody asking.

mod complete;
mod every;
mod freeze;
mod leave_out;
mod publish;
mod staging;

use self::every::each;
pub(crate) use self::{complete::Completer, every::every, freeze::Freezer, leave_out::LeaveOut};

/// Who does it, for the log.
const ACTOR: &str = "service:broadcast";
