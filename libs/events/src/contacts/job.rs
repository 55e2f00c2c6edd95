use proto::events::contacts::v1::{JobEnded, JobFrozen, JobStarted};

use crate::codec::log_events;

log_events! {
    /// What happens to work on many contacts.
    JobEvent {
        Started(JobStarted), stored as "fanfare.events.contacts.v1.JobStarted", ids [job_id, account_id];
        Frozen(JobFrozen), stored as "fanfare.events.contacts.v1.JobFrozen", ids [job_id];
        Ended(JobEnded), stored as "fanfare.events.contacts.v1.JobEnded", ids [job_id];
    }
}
