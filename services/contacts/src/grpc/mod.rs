//! Requests in, answers out. Decides nothing.

mod accounts;
mod consent;
mod contacts;
mod conversation;
mod deletion;
mod history;
mod ids;
mod import_request;
mod job_request;
mod jobs;
mod site;
mod tags;
mod update;

pub(crate) use self::{
    accounts::AccountsGrpc, consent::ConsentGrpc, contacts::ContactsGrpc,
    conversation::ConversationGrpc, jobs::JobsGrpc, tags::TagsGrpc,
};
