use events::ContactsLogEvent;

/// What an event tells of a contact's profile, and still sealed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProfileOf<'a> {
    pub(super) sealed: &'a [u8],
    /// Of an imported row. `None`: from a channel's webhook, which knows the external id alone.
    pub(super) row_digest: Option<&'a [u8]>,
}

/// One for each fact of [`contacts_domain::facts_of`], in the same order.
pub(super) fn profiles_of(event: &ContactsLogEvent) -> Vec<ProfileOf<'_>> {
    let from_webhook = |sealed| {
        vec![ProfileOf {
            sealed,
            row_digest: None,
        }]
    };
    match event {
        ContactsLogEvent::AccountConnected(_) => Vec::new(),
        ContactsLogEvent::Imported(imported) => imported
            .contacts
            .iter()
            .map(|contact| ProfileOf {
                sealed: &contact.sealed_profile,
                row_digest: Some(&contact.row_digest),
            })
            .collect(),
        ContactsLogEvent::Followed(event) => from_webhook(&event.sealed_profile),
        ContactsLogEvent::Interacted(event) => from_webhook(&event.sealed_profile),
        ContactsLogEvent::Blocked(event) => from_webhook(&event.sealed_profile),
    }
}
