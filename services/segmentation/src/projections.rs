//! The read models.

mod contacts;
mod rows;

pub(crate) use self::contacts::ContactsProjection;
