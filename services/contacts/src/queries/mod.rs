//! What teams ask for.

mod accounts;
mod contact_rows;
mod contacts;
mod conversations;

pub(crate) use self::{
    accounts::{find_account, find_channel, list_accounts, webhook_path},
    contact_rows::tag_names,
    contacts::{ContactCursor, find_contact, list_contacts},
    conversations::{Said, SaidBefore, Saying, said},
};
