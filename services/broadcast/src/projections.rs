//! The read models.

mod accounts;
mod broadcasts;
mod changes;
mod contacts_log;
mod erasures;
mod progress;
mod told_people;

pub(crate) use self::{broadcasts::Broadcasts, contacts_log::ContactsLog, progress::ToldProgress};
