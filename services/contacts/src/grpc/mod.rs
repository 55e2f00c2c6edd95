//! Requests in, answers out. Decides nothing.

mod accounts;
mod contacts;

pub(crate) use self::{accounts::AccountsGrpc, contacts::ContactsGrpc};
