use chrono::{DateTime, Utc};
use events::{
    ContactEvent,
    contact::{ContactsConsentChanged, ContactsErased, ContactsTagged, JobStarted},
    from_timestamp, id, join_ids, to_bytes, to_timestamp,
};
use uuid::Uuid;

use super::JobAction;

/// What a job is to do, from its start to its end the same.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPlan {
    pub job_id: Uuid,
    pub account_id: Uuid,
    /// Whom it is for, sealed with the team's key. Empty: an import.
    pub sealed_filter: Vec<u8>,
    pub action: JobAction,
    /// Tells the same request from another.
    pub request_digest: Vec<u8>,
    pub started_at: DateTime<Utc>,
}

/// The stream of a team's job. Another team's job of the same id is another stream.
#[must_use]
pub fn job_stream_id(team_id: Uuid, job_id: Uuid) -> Uuid {
    Uuid::new_v5(&team_id, format!("job/{job_id}").as_bytes())
}

/// What makes the event of a job's chunk happen once.
#[must_use]
pub fn chunk_request_id(job_id: Uuid, chunk: u32) -> Uuid {
    Uuid::new_v5(&job_id, format!("chunk/{chunk}").as_bytes())
}

impl JobPlan {
    /// What happens to a chunk's contacts, the same whenever it is asked for. `None`: an import, whose
    /// events have what its file says.
    #[must_use]
    pub fn event_for(&self, contact_ids: Vec<u8>) -> Option<ContactEvent> {
        let account_id = to_bytes(self.account_id);
        let job_id = to_bytes(self.job_id);
        // Of the start, so that what somebody decides while the job runs counts more.
        let at = Some(to_timestamp(self.started_at));
        match &self.action {
            JobAction::Import { .. } => None,
            JobAction::Tag { added, removed } => Some(ContactEvent::Tagged(ContactsTagged {
                account_id,
                job_id,
                contact_ids,
                added_tag_ids: join_ids(added.iter().copied()),
                removed_tag_ids: join_ids(removed.iter().copied()),
                changed_at: at,
            })),
            JobAction::Consent {
                purposes,
                opted_out,
            } => Some(ContactEvent::ConsentsChanged(ContactsConsentChanged {
                account_id,
                job_id,
                contact_ids,
                purposes: purposes.iter().map(|purpose| (*purpose).into()).collect(),
                opted_out: *opted_out,
                changed_at: at,
            })),
            JobAction::Erase { .. } => Some(ContactEvent::Erased(ContactsErased {
                account_id,
                job_id,
                contact_ids,
                erased_at: at,
            })),
        }
    }

    /// Why nothing is done after all, now that it is known how many it would be done to.
    #[must_use]
    pub fn objection(&self, contacts: i64) -> Option<String> {
        match self.action {
            JobAction::Erase { expected_contacts } if expected_contacts != contacts => {
                Some(format!(
                    "{contacts} contacts match, not the {expected_contacts} that were expected: nobody was \
                     deleted; look at who matches now, and start another job"
                ))
            }
            JobAction::Erase { .. }
            | JobAction::Import { .. }
            | JobAction::Tag { .. }
            | JobAction::Consent { .. } => None,
        }
    }

    pub(super) fn to_started(&self) -> JobStarted {
        JobStarted {
            job_id: to_bytes(self.job_id),
            account_id: to_bytes(self.account_id),
            filter: None,
            action: Some(self.action.to_message()),
            started_at: Some(to_timestamp(self.started_at)),
            sealed_filter: self.sealed_filter.clone(),
            request_digest: self.request_digest.clone(),
        }
    }
}

impl From<&JobStarted> for JobPlan {
    fn from(started: &JobStarted) -> Self {
        Self {
            job_id: id(&started.job_id),
            account_id: id(&started.account_id),
            sealed_filter: started.sealed_filter.clone(),
            action: JobAction::from_message(started.action.as_ref()),
            request_digest: started.request_digest.clone(),
            started_at: from_timestamp(started.started_at.as_ref()).unwrap_or_default(),
        }
    }
}
