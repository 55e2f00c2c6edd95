use proto::events::contacts::v1::{
    AccountConnected, ContactBlocked, ContactFollowed, ContactInteracted, ContactsImported,
};

use crate::codec::log_events;

log_events! {
    /// What happens to accounts and contacts.
    ContactsLogEvent {
        AccountConnected(AccountConnected), stored as "fanfare.events.contacts.v1.AccountConnected", ids [account_id];
        Imported(ContactsImported), stored as "fanfare.events.contacts.v1.ContactsImported", ids [account_id, import_id];
        Followed(ContactFollowed), stored as "fanfare.events.contacts.v1.ContactFollowed", ids [contact_id, account_id];
        Interacted(ContactInteracted), stored as "fanfare.events.contacts.v1.ContactInteracted", ids [contact_id, account_id];
        Blocked(ContactBlocked), stored as "fanfare.events.contacts.v1.ContactBlocked", ids [contact_id, account_id];
    }
}
