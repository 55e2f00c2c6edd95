use tonic::Status;
use uuid::Uuid;

use crate::status;

const CONTACTS_MAX: usize = 1000;

/// The contacts of a command on many.
pub(super) fn contact_ids(ids: &[String]) -> Result<Vec<Uuid>, Status> {
    if !(1..=CONTACTS_MAX).contains(&ids.len()) {
        return Err(bootstrap::invalid_argument(
            "contact_ids",
            "CONTACT_COUNT",
            "give 1 to 1000 contacts",
        ));
    }
    ids.iter()
        .enumerate()
        .map(|(index, id)| status::parse_id(&format!("contact_ids[{index}]"), id))
        .collect()
}
