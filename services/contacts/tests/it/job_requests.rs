//! What tests of jobs ask for, and what they look at.

use std::collections::BTreeMap;

use events::{ContactEvent, ContactsLogEvent, JobEvent};
use prost::Message as _;
use proto::{
    contacts::v1::{
        CancelJobRequest, DeleteJob, GetJobRequest, Job, StartJobRequest, TagJob, WatchJobRequest,
        start_job_request::Action,
    },
    log::v1::EventMetadata,
    segmentation::v1::{Filter, Tags, filter::Condition},
};
use tonic::Status;
use uuid::Uuid;

use crate::app::{App, Team};

impl Team {
    pub(crate) async fn start_job(&mut self, request: StartJobRequest) -> Result<Job, Status> {
        let response = self.jobs.start_job(request).await?;
        Ok(response.into_inner().job.unwrap())
    }

    pub(crate) async fn job(&mut self, job_id: &str) -> Result<Job, Status> {
        let request = GetJobRequest {
            job_id: job_id.to_owned(),
            consistency_token: String::new(),
        };
        Ok(self.jobs.get_job(request).await?.into_inner().job.unwrap())
    }

    pub(crate) async fn cancel_job(&mut self, job_id: &str) -> Result<Job, Status> {
        let request = CancelJobRequest {
            job_id: job_id.to_owned(),
        };
        let response = self.jobs.cancel_job(request).await?;
        Ok(response.into_inner().job.unwrap())
    }

    /// Watches the job to its end; returns what was shown last, with its token.
    pub(crate) async fn ended(&mut self, job_id: &str) -> (Job, String) {
        let request = WatchJobRequest {
            job_id: job_id.to_owned(),
            consistency_token: String::new(),
        };
        let mut shown = self.jobs.watch_job(request).await.unwrap().into_inner();
        let mut last = None;
        while let Some(next) = shown.message().await.unwrap() {
            last = Some((next.job.unwrap(), next.consistency_token));
        }
        last.unwrap()
    }
}

impl App {
    /// How often each contact was tagged by the job.
    pub(crate) async fn tagged(&self, job_id: &str) -> BTreeMap<Uuid, usize> {
        let job_id = job_id.parse::<Uuid>().unwrap();
        let mut tagged = BTreeMap::new();
        for (partition, event) in self.log().await {
            if let ContactsLogEvent::Contact(ContactEvent::Tagged(event)) = event
                && event.job_id == job_id.as_bytes()
            {
                assert!(event.contact_ids.len() <= 5_000 * 16);
                for contact_id in events::ids(&event.contact_ids) {
                    assert_eq!(event_store::partition_of(contact_id, 4), partition);
                    *tagged.entry(contact_id).or_default() += 1;
                }
            }
        }
        tagged
    }

    pub(crate) async fn job_events(&self, job_id: &str) -> Vec<JobEvent> {
        let job_id = job_id.parse::<Uuid>().unwrap();
        let events = self.log().await.into_iter();
        events
            .filter_map(|(_, event)| match event {
                ContactsLogEvent::Job(event) => Some(event),
                ContactsLogEvent::Account(_)
                | ContactsLogEvent::Contact(_)
                | ContactsLogEvent::Tag(_) => None,
            })
            .filter(|event| match event {
                JobEvent::Started(event) => event.job_id == job_id.as_bytes(),
                JobEvent::Frozen(event) => event.job_id == job_id.as_bytes(),
                JobEvent::Ended(event) => event.job_id == job_id.as_bytes(),
            })
            .collect()
    }

    /// Who did it, of each event of a kind.
    pub(crate) async fn actors(&self, event_type: &str) -> Vec<String> {
        let metadata = "SELECT metadata FROM log_events WHERE event_type LIKE $1";
        let metadata = sqlx::query_scalar::<_, Vec<u8>>(metadata).bind(event_type);
        let metadata = metadata.fetch_all(&self.database.pool).await.unwrap();
        metadata
            .iter()
            .map(|metadata| EventMetadata::decode(metadata.as_slice()).unwrap().actor)
            .collect()
    }

    pub(crate) async fn staged_chunks(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM job_chunks")
            .fetch_one(&self.database.pool)
            .await
            .unwrap()
    }
}

pub(crate) fn everyone(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| Uuid::new_v4()).collect()
}

pub(crate) fn once(contact_ids: &[Uuid]) -> BTreeMap<Uuid, usize> {
    contact_ids.iter().map(|id| (*id, 1)).collect()
}

pub(crate) fn job(account: &str, action: Action) -> StartJobRequest {
    StartJobRequest {
        job_id: Uuid::new_v4().to_string(),
        account_id: account.to_owned(),
        filter: Some(Filter {
            condition: Some(Condition::HasAnyTag(Tags {
                tags: vec!["new".to_owned()],
                tag_ids: Vec::new(),
            })),
        }),
        action: Some(action),
    }
}

pub(crate) fn tag(account: &str) -> StartJobRequest {
    let tag = TagJob {
        add_tags: vec!["vip".to_owned()],
        remove_tags: Vec::new(),
    };
    job(account, Action::Tag(tag))
}

pub(crate) fn delete(account: &str, expected_contacts: i64) -> StartJobRequest {
    let delete = DeleteJob {
        confirmation: "DELETE".to_owned(),
        expected_contacts,
    };
    job(account, Action::Delete(delete))
}
