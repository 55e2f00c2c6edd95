use std::{pin::Pin, time::Duration};

use bootstrap::{PageTokens, page_size, principal};
use futures_util::{Stream, stream};
use proto::contacts::v1::{
    CancelJobRequest, CancelJobResponse, GetJobRequest, GetJobResponse, JobState, ListJobsRequest,
    ListJobsResponse, StartJobRequest, StartJobResponse, WatchJobRequest, WatchJobResponse,
    jobs_service_server::JobsService,
};
use sqlx::PgPool;
use tokio::time::sleep;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::job_request;
use crate::{
    jobs::{self, JobCursor, ShownJob, Starter},
    status,
};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1000;
/// How often somebody who watches a job is told.
const WATCH_INTERVAL: Duration = Duration::from_millis(200);

/// Starts, shows and cancels work on many contacts.
#[derive(Debug)]
pub(crate) struct JobsGrpc {
    pub(crate) pool: PgPool,
    pub(crate) starter: Starter,
    pub(crate) page_tokens: PageTokens,
}

type Watched = Pin<Box<dyn Stream<Item = Result<WatchJobResponse, Status>> + Send>>;

#[tonic::async_trait]
impl JobsService for JobsGrpc {
    type WatchJobStream = Watched;

    #[tracing::instrument(skip_all, fields(job.id = request.get_ref().job_id))]
    async fn start_job(
        &self,
        request: Request<StartJobRequest>,
    ) -> Result<Response<StartJobResponse>, Status> {
        let caller = principal(&request)?.clone();
        let asked = job_request::read(&caller, request.into_inner())?;
        let (team_id, job_id) = (asked.team_id, asked.job_id);
        let started = self
            .starter
            .start(asked)
            .await
            .map_err(|error| status::start_job(&error))?;
        // It is in the log, if not yet in the read model.
        let shown = self.find(team_id, job_id).await.map_err(status::not_yet)?;
        Ok(Response::new(StartJobResponse {
            job: Some(shown.job),
            consistency_token: started.token.encode(),
        }))
    }

    #[tracing::instrument(skip_all, fields(job.id = request.get_ref().job_id))]
    async fn get_job(
        &self,
        request: Request<GetJobRequest>,
    ) -> Result<Response<GetJobResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let job_id = status::parse_id("job_id", &request.job_id)?;
        status::caught_up(&self.starter.progress, &request.consistency_token).await?;
        let shown = self.find(team_id, job_id).await?;
        Ok(Response::new(GetJobResponse {
            job: Some(shown.job),
            consistency_token: shown.consistency_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let page_size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        let before = if request.page_token.is_empty() {
            None
        } else {
            let payload = self
                .page_tokens
                .open(team_id, FINGERPRINT, &request.page_token)?;
            decode(&payload)
        };
        status::caught_up(&self.starter.progress, &request.consistency_token).await?;
        let mut shown = jobs::list_jobs(&self.pool, team_id, before, i64::from(page_size) + 1)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let page_size = usize::try_from(page_size).unwrap_or(usize::MAX);
        let more = shown.len() > page_size;
        shown.truncate(page_size);
        let last = shown.last().filter(|_| more);
        let next_page_token = last.map_or_else(String::new, |last| {
            let payload = encode(&last.cursor());
            self.page_tokens.seal(team_id, FINGERPRINT, &payload)
        });
        Ok(Response::new(ListJobsResponse {
            jobs: shown.into_iter().map(|shown| shown.job).collect(),
            next_page_token,
        }))
    }

    #[tracing::instrument(skip_all, fields(job.id = request.get_ref().job_id))]
    async fn watch_job(
        &self,
        request: Request<WatchJobRequest>,
    ) -> Result<Response<Watched>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let job_id = status::parse_id("job_id", &request.job_id)?;
        status::caught_up(&self.starter.progress, &request.consistency_token).await?;
        let first = self.find(team_id, job_id).await?;
        Ok(Response::new(Box::pin(watch(
            self.pool.clone(),
            team_id,
            job_id,
            first,
        ))))
    }

    #[tracing::instrument(skip_all, fields(job.id = request.get_ref().job_id))]
    async fn cancel_job(
        &self,
        request: Request<CancelJobRequest>,
    ) -> Result<Response<CancelJobResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let job_id = status::parse_id("job_id", &request.get_ref().job_id)?;
        let shown = self.find(team_id, job_id).await?;
        match shown.job.state() {
            JobState::Done | JobState::Failed => return Err(status::job_ended()),
            JobState::Unspecified
            | JobState::Preparing
            | JobState::Running
            | JobState::Cancelled => {}
        }
        jobs::cancel(&self.pool, team_id, job_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let shown = self.find(team_id, job_id).await?;
        Ok(Response::new(CancelJobResponse {
            job: Some(shown.job),
        }))
    }
}

impl JobsGrpc {
    async fn find(&self, team_id: Uuid, job_id: Uuid) -> Result<ShownJob, Status> {
        jobs::find_job(&self.pool, team_id, job_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_job)
    }
}

/// The job as it is, and then each time that it is different, until it has ended.
fn watch(
    pool: PgPool,
    team_id: Uuid,
    job_id: Uuid,
    first: ShownJob,
) -> impl Stream<Item = Result<WatchJobResponse, Status>> + Send {
    let told = Told::Not(first);
    stream::try_unfold((pool, told), move |(pool, told)| async move {
        let next = match told {
            Told::Not(first) => first,
            Told::That(last) if has_ended(&last) => return Ok(None),
            Told::That(last) => loop {
                sleep(WATCH_INTERVAL).await;
                let shown = jobs::find_job(&pool, team_id, job_id)
                    .await
                    .map_err(|error| bootstrap::internal(&error))?
                    .ok_or_else(status::no_job)?;
                if shown != last {
                    break shown;
                }
            },
        };
        let response = WatchJobResponse {
            job: Some(next.job.clone()),
            consistency_token: next.consistency_token.clone(),
        };
        Ok(Some((response, (pool, Told::That(next)))))
    })
}

/// What whoever watches knows.
enum Told {
    Not(ShownJob),
    That(ShownJob),
}

fn has_ended(shown: &ShownJob) -> bool {
    match shown.job.state() {
        JobState::Done | JobState::Cancelled | JobState::Failed => true,
        JobState::Unspecified | JobState::Preparing | JobState::Running => false,
    }
}

const FINGERPRINT: &[u8] = b"ListJobs";

/// A page token's payload: when the job started, then its id.
fn encode(cursor: &JobCursor) -> Vec<u8> {
    let started_at = cursor.started_at.timestamp_micros().to_be_bytes();
    [started_at.as_slice(), cursor.job_id.as_bytes()].concat()
}

/// What [`encode`] made: a token can't be forged.
fn decode(payload: &[u8]) -> Option<JobCursor> {
    let (started_at, job_id) = payload.split_first_chunk::<8>()?;
    Some(JobCursor {
        started_at: chrono::DateTime::from_timestamp_micros(i64::from_be_bytes(*started_at))?,
        job_id: events::id(job_id),
    })
}
