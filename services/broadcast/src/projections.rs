//! The read models.

mod accounts;
mod broadcasts;
mod changes;

pub(crate) use self::{accounts::Accounts, broadcasts::Broadcasts};
