//! What the wish of a person and the word of a mail server are to a contact. Pure.

use contacts_domain::PURPOSES;
use events::{
    ContactEvent,
    contact::{BlockReason, ConsentMeans, ContactBlocked, ContactConsentChanged},
    ingested::{AddressSuppressed, SuppressionReason, UnsubscribeMeans, UnsubscribeRequested},
    to_bytes,
};
use prost_types::Timestamp;
use uuid::Uuid;

/// Whoever leaves leaves all of it: the link does not ask which mails were meant.
pub(super) fn left(request: &UnsubscribeRequested) -> ContactEvent {
    let means = match request.means() {
        UnsubscribeMeans::OneClick => ConsentMeans::OneClick,
        UnsubscribeMeans::Page | UnsubscribeMeans::Unspecified => ConsentMeans::UnsubscribePage,
    };
    let (contact_id, account_id) = (&request.contact_id, &request.account_id);
    opted_out(contact_id, account_id, &[], means, request.requested_at)
}

/// A mailbox that is none can't be written to; a complaint is a person's own decision.
/// `None`: for a reason that was not heard of when this was written.
pub(super) fn suppressed(contact_id: Uuid, report: &AddressSuppressed) -> Option<ContactEvent> {
    let means = match report.reason() {
        SuppressionReason::HardBounce => {
            let account_id = events::id(&report.account_id);
            return Some(no_mailbox(contact_id, account_id, report.reported_at));
        }
        SuppressionReason::Complaint => ConsentMeans::Complaint,
        SuppressionReason::OptOut => ConsentMeans::Channel,
        SuppressionReason::Unspecified => return None,
    };
    let (id, account) = (to_bytes(contact_id), &report.account_id);
    let (identity, at) = (&report.identity, report.reported_at);
    Some(opted_out(&id, account, identity, means, at))
}

/// The address itself is known since the import.
pub(super) fn no_mailbox(
    contact_id: Uuid,
    account_id: Uuid,
    occurred_at: Option<Timestamp>,
) -> ContactEvent {
    ContactEvent::Blocked(ContactBlocked {
        contact_id: to_bytes(contact_id),
        account_id: to_bytes(account_id),
        identity: Vec::new(),
        sealed_profile: Vec::new(),
        occurred_at,
        reason: BlockReason::HardBounce.into(),
    })
}

fn opted_out(
    contact_id: &[u8],
    account_id: &[u8],
    identity: &[u8],
    means: ConsentMeans,
    occurred_at: Option<Timestamp>,
) -> ContactEvent {
    ContactEvent::ConsentChanged(ContactConsentChanged {
        contact_id: contact_id.to_vec(),
        account_id: account_id.to_vec(),
        identity: identity.to_vec(),
        sealed_profile: Vec::new(),
        purposes: PURPOSES.map(i32::from).to_vec(),
        opted_out: true,
        means: means.into(),
        occurred_at,
    })
}
