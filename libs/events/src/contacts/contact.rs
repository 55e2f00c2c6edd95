use proto::events::contacts::v1::{
    ContactBlocked, ContactConsentChanged, ContactFollowed, ContactInteracted, ContactMessageSent,
    ContactProfileChanged, ContactSiteBound, ContactSiteUnbound, ContactsConsentChanged,
    ContactsErased, ContactsImported, ContactsTagged,
};

use crate::codec::log_events;

log_events! {
    /// Facts of contacts, of one or of many.
    ContactEvent {
        Imported(ContactsImported), stored as "fanfare.events.contacts.v1.ContactsImported", ids [account_id, import_id];
        Followed(ContactFollowed), stored as "fanfare.events.contacts.v1.ContactFollowed", ids [contact_id, account_id];
        Interacted(ContactInteracted), stored as "fanfare.events.contacts.v1.ContactInteracted", ids [contact_id, account_id];
        Blocked(ContactBlocked), stored as "fanfare.events.contacts.v1.ContactBlocked", ids [contact_id, account_id];
        ProfileChanged(ContactProfileChanged), stored as "fanfare.events.contacts.v1.ContactProfileChanged", ids [contact_id, account_id];
        MessageSent(ContactMessageSent), stored as "fanfare.events.contacts.v1.ContactMessageSent", ids [contact_id, account_id];
        SiteBound(ContactSiteBound), stored as "fanfare.events.contacts.v1.ContactSiteBound", ids [contact_id, account_id, visitor_id];
        SiteUnbound(ContactSiteUnbound), stored as "fanfare.events.contacts.v1.ContactSiteUnbound", ids [contact_id, account_id];
        ConsentChanged(ContactConsentChanged), stored as "fanfare.events.contacts.v1.ContactConsentChanged", ids [contact_id, account_id];
        ConsentsChanged(ContactsConsentChanged), stored as "fanfare.events.contacts.v1.ContactsConsentChanged", ids [account_id], joined [contact_ids];
        Tagged(ContactsTagged), stored as "fanfare.events.contacts.v1.ContactsTagged", ids [account_id], joined [contact_ids, added_tag_ids, removed_tag_ids];
        Erased(ContactsErased), stored as "fanfare.events.contacts.v1.ContactsErased", ids [account_id], joined [contact_ids];
    }
}
