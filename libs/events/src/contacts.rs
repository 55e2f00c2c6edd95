mod account;
mod contact;
mod job;
mod tag;

pub use self::{account::AccountEvent, contact::ContactEvent, job::JobEvent, tag::TagEvent};
use crate::codec::log_event_groups;

log_event_groups! {
    /// What happens to accounts and contacts.
    ContactsLogEvent {
        Account(AccountEvent);
        Contact(ContactEvent);
        Tag(TagEvent);
        Job(JobEvent);
    }
}
