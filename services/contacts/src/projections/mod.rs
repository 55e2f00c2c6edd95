//! Read models of the contacts log.

mod accounts;
mod contacts;
mod profiles;
mod rows;

pub(crate) use self::contacts::ContactsProjection;
