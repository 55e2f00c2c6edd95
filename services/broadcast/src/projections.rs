//! The read models.

mod accounts;
mod broadcasts;
mod changes;
mod contacts_log;
mod erasures;

pub(crate) use self::{broadcasts::Broadcasts, contacts_log::ContactsLog};
