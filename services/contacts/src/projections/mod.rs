//! Read models of the contacts log, and of whom broadcasts were sent to.

mod accounts;
mod contacts;
mod conversations;
mod copy;
mod histories;
mod insert;
mod profiles;
mod row;
mod rows;
mod sent;
mod tags;

pub(crate) use self::{contacts::ContactsProjection, sent::SentBroadcasts};
