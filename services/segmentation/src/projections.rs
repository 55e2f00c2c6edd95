//! The read models.

mod changes;
mod contacts;
mod insert;
mod ordinals;
mod profile;
mod row;
mod rows;
mod update;
mod words;

pub(crate) use self::{contacts::ContactsProjection, profile::search_key};
