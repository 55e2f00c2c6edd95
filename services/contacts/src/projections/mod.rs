//! Read models of the contacts log.

mod accounts;
mod contacts;
mod histories;
mod profiles;
mod row;
mod rows;
mod tags;

pub(crate) use self::contacts::ContactsProjection;
