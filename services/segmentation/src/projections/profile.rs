use events::{ContactEvent, contact::ImportedContact};
use uuid::Uuid;

/// A profile as the log has it, and what its seal is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'e> {
    pub(super) sealed: &'e [u8],
    pub(super) event_id: Uuid,
    pub(super) event_type: &'e str,
    pub(super) keys: SearchKeys,
}

/// The first 16 bytes of each HMAC under the team's look-up key: no two people will ever share them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SearchKeys {
    pub(super) name: Option<Uuid>,
    pub(super) email: Option<Uuid>,
    pub(super) phone: Option<Uuid>,
    pub(super) member: Option<Uuid>,
}

/// What an event says of a person.
#[derive(Clone, Copy)]
pub(super) enum Told<'e> {
    Nothing,
    /// Enough to know somebody who was not known.
    Webhook(&'e [u8]),
    /// Replaces what was known.
    Whole(&'e [u8], SearchKeys),
}

/// What an event says of the person that its fact at `place` is about.
pub(super) fn told(event: &ContactEvent, place: usize) -> Told<'_> {
    match event {
        ContactEvent::Imported(event) => match event.contacts.get(place) {
            Some(contact) => Told::Whole(&contact.sealed_profile, imported_keys(contact)),
            None => Told::Nothing,
        },
        ContactEvent::ProfileChanged(event) => {
            let keys = SearchKeys {
                name: search_key(&event.name_key),
                email: search_key(&event.email_key),
                phone: search_key(&event.phone_key),
                member: search_key(&event.member_key),
            };
            Told::Whole(&event.sealed_profile, keys)
        }
        ContactEvent::Followed(event) => Told::Webhook(&event.sealed_profile),
        ContactEvent::Interacted(event) => Told::Webhook(&event.sealed_profile),
        ContactEvent::Blocked(event) => Told::Webhook(&event.sealed_profile),
        ContactEvent::ConsentChanged(event) => Told::Webhook(&event.sealed_profile),
        ContactEvent::MessageSent(_)
        | ContactEvent::SiteBound(_)
        | ContactEvent::SiteUnbound(_)
        | ContactEvent::ConsentsChanged(_)
        | ContactEvent::Tagged(_)
        | ContactEvent::Erased(_) => Told::Nothing,
    }
}

fn imported_keys(contact: &ImportedContact) -> SearchKeys {
    SearchKeys {
        name: search_key(&contact.name_key),
        email: search_key(&contact.email_key),
        phone: search_key(&contact.phone_key),
        member: search_key(&contact.member_key),
    }
}

/// What the read model keeps of a search key; `None` where there is none.
pub(crate) fn search_key(key: &[u8]) -> Option<Uuid> {
    Some(Uuid::from_bytes(*key.first_chunk()?))
}
