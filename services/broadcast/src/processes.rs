//! What happens to a broadcast after it was confirmed, without anybody asking.

mod complete;
mod every;
mod freeze;
mod publish;

pub(crate) use self::{complete::Completer, every::every, freeze::Freezer};
