use events::{ContactEvent, contact::ImportedContact};

/// What an event tells of a contact's profile, and still sealed.
#[derive(Debug, Clone, Copy)]
pub(super) enum ProfileOf<'a> {
    /// From a channel's webhook, which knows the external id alone.
    Webhook { sealed: &'a [u8] },
    /// All that is known of the person.
    Whole {
        sealed: &'a [u8],
        keys: [&'a [u8]; 4],
        /// Of an imported row.
        row_digest: Option<&'a [u8]>,
    },
}

/// What the event tells of the contact that its fact at `index` is about, in the order of
/// [`contacts_domain::facts_of`].
pub(super) fn profile_of(event: &ContactEvent, index: usize) -> Option<ProfileOf<'_>> {
    match event {
        ContactEvent::Imported(event) => event.contacts.get(index).map(imported),
        ContactEvent::ProfileChanged(event) => Some(ProfileOf::Whole {
            sealed: &event.sealed_profile,
            keys: [
                &event.name_key,
                &event.email_key,
                &event.phone_key,
                &event.member_key,
            ],
            row_digest: None,
        }),
        ContactEvent::Followed(event) => webhook(&event.sealed_profile),
        ContactEvent::Interacted(event) => webhook(&event.sealed_profile),
        ContactEvent::Blocked(event) => webhook(&event.sealed_profile),
        ContactEvent::ConsentChanged(event) => webhook(&event.sealed_profile),
        ContactEvent::MessageSent(_)
        | ContactEvent::SiteBound(_)
        | ContactEvent::SiteUnbound(_)
        | ContactEvent::ConsentsChanged(_)
        | ContactEvent::Tagged(_)
        | ContactEvent::Erased(_) => None,
    }
}

fn imported(contact: &ImportedContact) -> ProfileOf<'_> {
    ProfileOf::Whole {
        sealed: &contact.sealed_profile,
        keys: [
            &contact.name_key,
            &contact.email_key,
            &contact.phone_key,
            &contact.member_key,
        ],
        row_digest: Some(&contact.row_digest),
    }
}

/// Some events of old leave the profile out.
fn webhook(sealed: &[u8]) -> Option<ProfileOf<'_>> {
    (!sealed.is_empty()).then_some(ProfileOf::Webhook { sealed })
}
