//! Requests in, answers out. Decides nothing.

mod accounts;
mod contacts;
mod deletion;
mod history;

pub(crate) use self::{accounts::AccountsGrpc, contacts::ContactsGrpc};
