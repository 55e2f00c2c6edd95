//! What the ingress knows of others' events.

mod accounts;
mod links;

pub(crate) use self::{accounts::Accounts, links::Links};
