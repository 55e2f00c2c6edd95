use std::{collections::BTreeMap, sync::Arc};

use bootstrap::Clock;
use contacts_domain::Job;
use event_bus::{ConsistencyToken, Progress};
use event_store::{CommandContext, EventStore};
use events::{common::Channel, contact::JobOutcome};
use proto::contacts::v1::ImportContactsRequest;
use sqlx::PgPool;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
};
use tonic::{Status, Streaming};
use uuid::Uuid;
use vault::Vault;

use super::{
    batches::{Before, Reading},
    columns::Mapping,
    events::ImportOf,
    lanes::Lanes,
    rows::Format,
    running::{ReportStream, Run, driven},
    tag_names::TagNames,
    text::TextEncoding,
    write::Writer,
};
use crate::{
    heads::until_now,
    jobs::{Asked, AskedAction, Held, Holding, Starter},
    metadata, queries, status,
};

const REPORTS_MAX: usize = 256;
/// How often an import waits for the read model to catch up with earlier ones, 5 seconds each.
const CATCH_UP_ATTEMPTS: usize = 30;
/// Each takes a thread, and memory for a few batches and for the lines of its rows.
const IMPORTS_MAX: usize = 8;

/// Imports contact files.
#[derive(Debug)]
pub(crate) struct Imports {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    /// Of the read model that earlier imports are compared in.
    pub(crate) progress: Progress,
    pub(crate) starter: Starter,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) places: Arc<Semaphore>,
}

/// What a caller wants to be imported.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) team_id: Uuid,
    pub(crate) actor: String,
    /// Names the job.
    pub(crate) job_id: Uuid,
    /// Everything that was asked for, as bytes.
    pub(crate) request: Vec<u8>,
    pub(crate) account_id: Uuid,
    pub(crate) format: Format,
    pub(crate) encoding: TextEncoding,
    pub(crate) mapping: Mapping,
    pub(crate) keeps_tags: bool,
    pub(crate) dry_run: bool,
}

impl Imports {
    pub(crate) fn places() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(IMPORTS_MAX))
    }

    /// Imports the file in `parts` while the caller takes the reports.
    pub(crate) async fn start(
        &self,
        import: Import,
        parts: Streaming<ImportContactsRequest>,
    ) -> Result<ReportStream, Status> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| status::busy())?;
        let job = self.start_job(&import).await?;
        // First the lease, then the heads: an earlier try writes nothing after this.
        let (held, holding) = self.take(&import).await?;
        let heads = self.catch_up().await?;
        let channel = queries::find_channel(&self.pool, import.team_id, import.account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_account)?;

        let run = self
            .prepare(import, channel, heads, held, holding, &job)
            .await?;
        let (reports, reported) = mpsc::channel(REPORTS_MAX);
        let work = async move {
            if let Err(failure) = run.run(parts, &reports).await {
                // Nobody listens any more: nobody is told.
                drop(reports.send(Err(failure)).await);
            }
            drop(place);
        };
        Ok(driven(work, reported))
    }

    /// The job as it is. One that is done may be asked again what came of it.
    async fn start_job(&self, import: &Import) -> Result<Job, Status> {
        let asked = Asked {
            team_id: import.team_id,
            actor: import.actor.clone(),
            job_id: import.job_id,
            account_id: import.account_id,
            request: import.request.clone(),
            action: AskedAction::Import {
                dry_run: import.dry_run,
            },
        };
        let started = self.starter.start(asked).await;
        let job = started.map_err(|error| status::start_job(&error))?.job;
        match &job {
            Job::Ended { outcome, .. } if *outcome != JobOutcome::Done => Err(status::job_ended()),
            Job::Absent | Job::Preparing(_) | Job::Running { .. } | Job::Ended { .. } => Ok(job),
        }
    }

    /// Takes the job from an earlier try, whose caller may be gone without our knowing.
    async fn take(&self, import: &Import) -> Result<(Held, Holding), Status> {
        let taken = Held::take_over(&self.pool, import.team_id, import.job_id).await;
        let taken = taken.map_err(|error| bootstrap::internal(&error))?;
        match taken {
            Some((_, holding)) if holding.cancelled => Err(status::job_ended()),
            Some(taken) => Ok(taken),
            None => Err(status::import_taken_over()),
        }
    }

    /// Waits until the read model has what was written before this import.
    async fn catch_up(&self) -> Result<ConsistencyToken, Status> {
        let token = until_now(&self.pool, &self.store)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        for _ in 1..CATCH_UP_ATTEMPTS {
            if self.progress.wait_for(&token).await.is_ok() {
                return Ok(token);
            }
        }
        self.progress
            .wait_for(&token)
            .await
            .map_err(|behind| status::behind(&behind))?;
        Ok(token)
    }

    async fn prepare(
        &self,
        import: Import,
        channel: Channel,
        heads: ConsistencyToken,
        held: Held,
        holding: Holding,
        job: &Job,
    ) -> Result<Run, Status> {
        let lookup = self
            .vault
            .lookup_key(import.team_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let metadata = metadata::of_command(&import.actor, import.job_id);
        let tags = TagNames {
            store: self.store.clone(),
            command: CommandContext {
                team_id: import.team_id,
                request_id: None,
                metadata: metadata.clone(),
            },
            runtime: Handle::current(),
            dry_run: import.dry_run,
            known: BTreeMap::new(),
            token: ConsistencyToken::default(),
        };
        let reading = Reading {
            account_id: import.account_id,
            channel,
            format: import.format,
            mapping: import.mapping,
            keeps_tags: import.keeps_tags,
            lookup,
            tags,
            before: Before {
                rows: holding.processed,
                file_digest: holding.file_digest.clone(),
                was_done: matches!(job, Job::Ended { .. }),
            },
        };
        let writer = Writer {
            pool: self.pool.clone(),
            store: self.store.clone(),
            vault: self.vault.clone(),
            import: Arc::new(ImportOf {
                team_id: import.team_id,
                account_id: import.account_id,
                import_id: import.job_id,
                lanes: Lanes::new(&self.store, import.account_id),
                keeps_tags: import.keeps_tags,
                dry_run: import.dry_run,
                metadata,
            }),
        };
        Ok(Run {
            writer,
            reading,
            encoding: import.encoding,
            heads,
            held,
            holding,
            was_done: matches!(job, Job::Ended { .. }),
            progress: self.progress.clone(),
            clock: Arc::clone(&self.clock),
        })
    }
}
