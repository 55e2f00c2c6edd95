use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use bootstrap::Clock;
use contacts_domain::{
    FrozenJob, Job, JobAction, JobCommand, JobError, JobPlan, JobResult, job_stream_id,
};
use event_bus::{ConsistencyToken, Progress};
use event_store::{EventStore, ExecuteError};
use events::contact::JobOutcome;
use sqlx::PgPool;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{info, warn};
use vault::Vault;

use super::{
    applying::Applying,
    audience::{Audiences, is_refusal},
    ending::{end, execute},
    filter,
    holding::{Held, Holding, Stop, find_free},
    staging::Staging,
};
use crate::{heads::until_now, import::Lanes, metadata};

/// How often there is a look for work. A query on an index of what is open.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
const RETRY_AFTER: Duration = Duration::from_secs(1);
const RELEASE_MAX: Duration = Duration::from_millis(500);

/// Does what jobs say, one job at a time.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) audiences: Audiences,
    /// Of those who destroy what there is of deleted contacts.
    pub(crate) erasures: Progress,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How work on a job ended.
enum Worked {
    Ended,
    TakenOver,
    /// All is in the log; what has to come of it has not, and others need not wait for that.
    Unsettled,
}

impl Worker {
    pub(crate) async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        while !shutdown.is_cancelled() {
            let pause = match self.look(&shutdown).await {
                Ok(true) => continue,
                Ok(false) => LOOK_INTERVAL,
                Err(error) => {
                    warn!(
                        error = format!("{error:#}"),
                        "cannot work on a job, will try again"
                    );
                    RETRY_AFTER
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    /// Works on a job that nobody works on. False: there is none.
    async fn look(&self, shutdown: &CancellationToken) -> anyhow::Result<bool> {
        let Some(free) = find_free(&self.pool).await? else {
            return Ok(false);
        };
        let taken = Held::take(&self.pool, free.team_id, free.job_id).await?;
        let Some((held, holding)) = taken else {
            return Ok(true);
        };
        let worked = tokio::select! {
            worked = self.work(held, holding, &free.actor) => worked,
            lost = held.keep(&self.pool) => lost.map(|()| Worked::TakenOver),
            () = shutdown.cancelled() => {
                // The database may be what is slow; the job is free soon anyway.
                timeout(RELEASE_MAX, held.release(&self.pool)).await.ok();
                return Ok(false);
            }
        };
        match worked {
            // The read model says soon that it has ended; until then nobody needs to look at it.
            Ok(Worked::Ended | Worked::TakenOver) => Ok(true),
            Ok(Worked::Unsettled) => {
                held.pause(&self.pool).await?;
                Ok(true)
            }
            Err(error) => {
                held.pause(&self.pool).await?;
                Err(error.context(format!("cannot go on with job {}", free.job_id)))
            }
        }
    }

    async fn work(&self, held: Held, mut holding: Holding, actor: &str) -> anyhow::Result<Worked> {
        let stream_id = job_stream_id(held.team_id, held.job_id);
        let mut job = self.store.load::<Job>(stream_id).await?.state;
        loop {
            job = match job {
                // The read model is ahead of a log that was restored: nothing is known of it.
                Job::Absent | Job::Ended { .. } => return Ok(Worked::Ended),
                Job::Preparing(_) | Job::Running { .. } if holding.cancelled => {
                    return self.stop(held, &holding, Stop::Cancelled).await;
                }
                Job::Preparing(plan) => {
                    let frozen = match holding.frozen {
                        Some(frozen) => Ok(frozen),
                        None => self.freeze(held, &plan, &mut holding).await?,
                    };
                    match frozen {
                        Ok(frozen) => self.announce(held, frozen).await?,
                        Err(NotFrozen::Stopped(stop)) => {
                            return self.stop(held, &holding, stop).await;
                        }
                        Err(NotFrozen::Refused(message)) => {
                            let result = result(JobOutcome::Failed, &holding, message);
                            return self.end(held, result).await;
                        }
                    }
                }
                Job::Running { plan, frozen } => {
                    // What it does to a contact is done by whoever started it.
                    let applying = Applying {
                        pool: &self.pool,
                        store: &self.store,
                        held,
                        plan: &plan,
                        lanes: Lanes::new(&self.store, plan.account_id),
                        metadata: metadata::of_command(actor, plan.job_id),
                    };
                    let applied = applying.run(frozen, &mut holding).await?;
                    if let Err(stop) = applied {
                        return self.stop(held, &holding, stop).await;
                    }
                    if !self.has_settled(&plan, &holding).await? {
                        return Ok(Worked::Unsettled);
                    }
                    if held.clear(&self.pool).await? == Err(Stop::TakenOver) {
                        return Ok(Worked::TakenOver);
                    }
                    let result = result(JobOutcome::Done, &holding, String::new());
                    return self.end(held, result).await;
                }
            };
        }
    }
}

/// Why it is not known whom a job is for.
enum NotFrozen {
    Stopped(Stop),
    /// It never will be.
    Refused(String),
}

impl Worker {
    /// Stores everyone who matches now.
    async fn freeze(
        &self,
        held: Held,
        plan: &JobPlan,
        holding: &mut Holding,
    ) -> anyhow::Result<Result<FrozenJob, NotFrozen>> {
        let filter = filter::open(&self.vault, held.team_id, &plan.sealed_filter).await?;
        if let Err(stop) = held.clear(&self.pool).await? {
            return Ok(Err(NotFrozen::Stopped(stop)));
        }
        let token = until_now(&self.pool, &self.store).await?;
        let resolved = self
            .audiences
            .resolve(held.team_id, plan.account_id, filter, &token)
            .await;
        let mut pages = match resolved {
            Ok(pages) => pages,
            Err(status) if is_refusal(status.code()) => {
                return Ok(Err(NotFrozen::Refused(refusal(&status))));
            }
            Err(status) => return Err(status).context("segmentation does not answer"),
        };
        let mut staging = Staging::new(&self.store);
        while let Some(page) = pages
            .message()
            .await
            .context("segmentation stopped answering")?
        {
            for contact_id in events::ids(&page.contact_ids) {
                staging.add(&self.store, contact_id);
            }
            let full = staging.take_full();
            if let Err(stop) = held.stage(&self.pool, &full).await? {
                return Ok(Err(NotFrozen::Stopped(stop)));
            }
        }
        let (rest, frozen) = staging.finish();
        if let Err(stop) = held.stage(&self.pool, &rest).await? {
            return Ok(Err(NotFrozen::Stopped(stop)));
        }
        // What it does is done after all that, such as that its tags were created.
        holding.consistency_token = token.encode();
        let staged = held.staged(&self.pool, frozen, &token).await?;
        Ok(staged.map(|()| frozen).map_err(NotFrozen::Stopped))
    }

    /// Appends what came of it, and returns the job as it is then.
    async fn announce(&self, held: Held, frozen: FrozenJob) -> anyhow::Result<Job> {
        let stream_id = job_stream_id(held.team_id, held.job_id);
        let job = self.store.load::<Job>(stream_id).await?.state;
        let refused = job.plan().and_then(|plan| plan.objection(frozen.contacts));
        if refused.is_some() {
            // Nobody needs them; the number that they were stays.
            held.clear(&self.pool).await?.ok();
        }
        let now = self.clock.now();
        match execute(&self.store, held, JobCommand::Freeze { frozen, now }).await {
            Ok(_) | Err(ExecuteError::Refused(JobError::Ended)) => {
                info!(job.id = %held.job_id, contacts = frozen.contacts, "froze whom a job is for");
                Ok(self.store.load::<Job>(stream_id).await?.state)
            }
            Err(error) => Err(error).context("cannot freeze"),
        }
    }

    /// Whether that is true which has to be when a job is done. Waits for a while, not for ever: of a
    /// consumer that stopped at an event, nobody knows when it goes on.
    async fn has_settled(&self, plan: &JobPlan, holding: &Holding) -> anyhow::Result<bool> {
        match plan.action {
            // All their keys are destroyed.
            JobAction::Erase { .. } => {
                let token = ConsistencyToken::decode(&holding.consistency_token)?;
                Ok(self.erasures.wait_for(&token).await.is_ok())
            }
            JobAction::Import { .. } | JobAction::Tag { .. } | JobAction::Consent { .. } => {
                Ok(true)
            }
        }
    }

    async fn stop(&self, held: Held, holding: &Holding, stop: Stop) -> anyhow::Result<Worked> {
        match stop {
            Stop::TakenOver => Ok(Worked::TakenOver),
            Stop::Cancelled => {
                if held.clear(&self.pool).await? == Err(Stop::TakenOver) {
                    return Ok(Worked::TakenOver);
                }
                let result = result(JobOutcome::Cancelled, holding, String::new());
                self.end(held, result).await
            }
        }
    }

    async fn end(&self, held: Held, result: JobResult) -> anyhow::Result<Worked> {
        end(&self.store, held, result, self.clock.now()).await?;
        Ok(Worked::Ended)
    }
}

fn result(outcome: JobOutcome, holding: &Holding, message: String) -> JobResult {
    JobResult {
        outcome,
        processed: holding.processed,
        changed: holding.added + holding.updated,
        refused: holding.refused,
        message,
    }
}

/// For the log, which nothing is ever taken out of: the reason, and none of what the filter says.
fn refusal(status: &Status) -> String {
    let reason = bootstrap::reason(status).unwrap_or_else(|| status.code().to_string());
    format!(
        "the filter was refused when the job began: {reason}; start another with a filter that counts"
    )
}
