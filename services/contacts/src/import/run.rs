use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use event_bus::{ConsistencyToken, Progress};
use event_store::{EventStore, read_heads};
use events::common::Channel;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use proto::contacts::v1::{
    ImportContactsRequest, ImportContactsResponse, ImportCounts, ImportDone,
    import_contacts_request::Part, import_contacts_response::Report,
};
use sqlx::PgPool;
use tokio::{
    sync::{Semaphore, mpsc},
    task::spawn_blocking,
    try_join,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::info;
use uuid::Uuid;
use vault::Vault;

use super::{
    batches::{Batch, Reading, read_batches},
    events::ImportOf,
    lanes::Lanes,
    pieces::{Piece, Pieces},
    rows::{FileError, Format},
    write::{Writer, Written},
};
use crate::{queries, status};

/// Pieces that wait to be read.
const PIECES_MAX: usize = 2;
const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Batches that wait to be written, and those that are being written.
const BATCHES_MAX: usize = 1;
const WRITING_MAX: usize = 3;
const REPORTS_MAX: usize = 256;
/// How often an import waits for the read model to catch up with earlier ones, 2 seconds each.
const CATCH_UP_ATTEMPTS: usize = 30;
/// Each takes a thread, and memory for a few batches and for the lines of its rows.
const IMPORTS_MAX: usize = 8;

/// Imports contact files.
#[derive(Debug)]
pub(crate) struct Imports {
    pool: PgPool,
    store: EventStore,
    vault: Vault,
    /// Of the read model that earlier imports are compared in.
    progress: Progress,
    places: Arc<Semaphore>,
}

/// What a caller wants to be imported.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) team_id: Uuid,
    pub(crate) actor: String,
    pub(crate) account_id: Uuid,
    pub(crate) format: Format,
}

pub(crate) type ReportStream =
    Pin<Box<dyn Stream<Item = Result<ImportContactsResponse, Status>> + Send>>;

impl Imports {
    pub(crate) fn new(pool: PgPool, store: EventStore, vault: Vault, progress: Progress) -> Self {
        Self {
            pool,
            store,
            vault,
            progress,
            places: Arc::new(Semaphore::new(IMPORTS_MAX)),
        }
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
        let heads = self.catch_up().await?;
        let channel = queries::find_channel(&self.pool, import.team_id, import.account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_account)?;

        let run = self.prepare(&import, channel, heads).await?;
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

    /// Waits until the read model has what was written before this import.
    async fn catch_up(&self) -> Result<ConsistencyToken, Status> {
        let heads = read_heads(&self.pool)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let log = self.store.meta().name.as_str();
        let token = heads
            .into_iter()
            .fold(ConsistencyToken::default(), |token, at| token.and(log, at));
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
        import: &Import,
        channel: Channel,
        heads: ConsistencyToken,
    ) -> Result<Run, Status> {
        let lookup = self
            .vault
            .lookup_key(import.team_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let import_id = Uuid::now_v7();
        let writer = Writer {
            pool: self.pool.clone(),
            store: self.store.clone(),
            vault: self.vault.clone(),
            import: Arc::new(ImportOf {
                team_id: import.team_id,
                account_id: import.account_id,
                import_id,
                lanes: Lanes::new(&self.store, import.account_id),
                metadata: crate::metadata::of_command(&import.actor, import_id),
            }),
        };
        let reading = Reading {
            account_id: import.account_id,
            channel,
            format: import.format,
            lookup,
        };
        Ok(Run {
            writer,
            reading,
            heads,
        })
    }
}

type Reports = mpsc::Sender<Result<ImportContactsResponse, Status>>;

/// One import, from its first byte to its last report.
struct Run {
    writer: Writer,
    reading: Reading,
    heads: ConsistencyToken,
}

impl Run {
    async fn run(
        self,
        parts: Streaming<ImportContactsRequest>,
        reports: &Reports,
    ) -> Result<(), Status> {
        let (pieces, incoming) = mpsc::channel(PIECES_MAX);
        let (batches, read) = mpsc::channel(BATCHES_MAX);
        let reading = self.reading;
        let reader = spawn_blocking(move || {
            read_batches(&reading, Pieces::new(incoming), &batches);
        });
        let written = write_all(&self.writer, read, reports);
        let ((), (counts, token)) = try_join!(pump(parts, pieces), written)?;
        // A reader that broke has not read all: the import is not done.
        reader.await.map_err(|error| bootstrap::internal(&error))?;

        info!(
            account.id = %self.writer.import.account_id,
            rows = counts.rows,
            added = counts.added,
            updated = counts.updated,
            refused = counts.refused,
            "contact file imported"
        );
        let done = Report::Done(ImportDone {
            counts: Some(counts),
            consistency_token: self.heads.merge(token).encode(),
        });
        report(reports, done).await
    }
}

/// Hands the file's bytes to the reader, until the caller says that it is complete.
async fn pump(
    mut parts: Streaming<ImportContactsRequest>,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), Status> {
    while let Some(request) = parts.message().await? {
        let piece = match request.part {
            Some(Part::Data(data)) if data.len() <= PIECE_BYTES_MAX => Bytes::from(data),
            Some(Part::Data(_)) => {
                return Err(bootstrap::invalid_argument(
                    "data",
                    "TOO_LONG",
                    "is longer than 1 MiB; send more pieces",
                ));
            }
            Some(Part::Start(_)) | None => {
                return Err(bootstrap::invalid_argument(
                    "part",
                    "NOT_DATA",
                    "has to be data after the first message",
                ));
            }
        };
        if pieces.send(Piece::Data(piece)).await.is_err() {
            // The reader has stopped, and says why through its batches.
            return Ok(());
        }
    }
    // As above if nobody reads.
    drop(pieces.send(Piece::End).await);
    Ok(())
}

/// Writes some batches at a time, and reports them in the file's order.
async fn write_all(
    writer: &Writer,
    batches: mpsc::Receiver<Result<Batch, FileError>>,
    reports: &Reports,
) -> Result<(ImportCounts, ConsistencyToken), Status> {
    let written = ReceiverStream::new(batches)
        .map(|batch| write(writer, batch))
        .buffered(WRITING_MAX);
    let mut written = std::pin::pin!(written);
    let mut total = ImportCounts::default();
    let mut token = ConsistencyToken::default();
    while let Some(batch) = written.try_next().await? {
        for row in batch.refused {
            report(reports, Report::Refused(row)).await?;
        }
        add(&mut total, &batch.counts);
        token = token.merge(batch.token);
        report(reports, Report::Progress(total)).await?;
    }
    Ok((total, token))
}

async fn write(writer: &Writer, batch: Result<Batch, FileError>) -> Result<Written, Status> {
    let batch = batch.map_err(|error| status::unreadable(&error))?;
    writer
        .write(batch)
        .await
        .map_err(|error| bootstrap::internal(&*error))
}

fn add(total: &mut ImportCounts, counts: &ImportCounts) {
    total.rows += counts.rows;
    total.added += counts.added;
    total.updated += counts.updated;
    total.unchanged += counts.unchanged;
    total.refused += counts.refused;
}

async fn report(reports: &Reports, report: Report) -> Result<(), Status> {
    let response = ImportContactsResponse {
        report: Some(report),
    };
    reports
        .send(Ok(response))
        .await
        .map_err(|_| Status::cancelled("the caller is gone"))
}

/// What `work` reports, which goes on only while the reports are taken.
fn driven(
    work: impl Future<Output = ()> + Send + 'static,
    reports: mpsc::Receiver<Result<ImportContactsResponse, Status>>,
) -> ReportStream {
    let work = stream::once(work).filter_map(|()| async { None });
    Box::pin(stream::select(ReceiverStream::new(reports), work))
}
