use std::{pin::Pin, sync::Arc, time::Duration};

use bootstrap::Clock;
use contacts_domain::JobResult;
use event_bus::{ConsistencyToken, Progress};
use events::contact::JobOutcome;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use proto::contacts::v1::{
    ImportContactsRequest, ImportContactsResponse, ImportCounts, ImportDone, ImportStarted,
    import_contacts_request::Part, import_contacts_response::Report,
};
use tokio::{sync::mpsc, task::spawn_blocking, time::timeout, try_join};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::info;

use super::{
    batches::{Batch, Reading, read_batches},
    pieces::{Piece, Pieces},
    rows::FileError,
    text::TextEncoding,
    write::{Writer, Written},
};
use crate::{
    jobs::{Held, Holding, Stop, end},
    status,
};

/// Pieces that wait to be read.
const PIECES_MAX: usize = 2;
const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// How long a caller may send nothing: it holds a place that others could have.
const SILENCE_MAX: Duration = Duration::from_mins(2);
/// Batches that wait to be written, and those that are being written.
const BATCHES_MAX: usize = 1;
const WRITING_MAX: usize = 3;

pub(crate) type ReportStream =
    Pin<Box<dyn Stream<Item = Result<ImportContactsResponse, Status>> + Send>>;

type Reports = mpsc::Sender<Result<ImportContactsResponse, Status>>;

/// One try of an import, from its first byte to its last report.
pub(super) struct Run {
    pub(super) writer: Writer,
    pub(super) reading: Reading,
    pub(super) encoding: TextEncoding,
    pub(super) heads: ConsistencyToken,
    pub(super) held: Held,
    pub(super) holding: Holding,
    /// The job ended well before: the file is read once more, and nothing is written.
    pub(super) was_done: bool,
    pub(super) progress: Progress,
    pub(super) clock: Arc<dyn Clock>,
}

/// Why a try ended before the file did.
enum Broken {
    File(FileError),
    Stopped(Stop),
    Failed(Status),
}

impl Run {
    pub(super) async fn run(
        self,
        parts: Streaming<ImportContactsRequest>,
        reports: &Reports,
    ) -> Result<(), Status> {
        let started = Report::Started(ImportStarted {
            job_id: self.writer.import.import_id.to_string(),
            rows_done: self.holding.processed,
        });
        report(reports, started).await?;
        let (pieces, incoming) = mpsc::channel(PIECES_MAX);
        let (batches, read) = mpsc::channel(BATCHES_MAX);
        let Self {
            reading,
            encoding,
            writer,
            held,
            mut holding,
            ..
        } = self;
        let reader = spawn_blocking(move || {
            read_batches(reading, Pieces::new(incoming, encoding), &batches);
        });
        let ending = Ending {
            writer: &writer,
            held,
            clock: &*self.clock,
            progress: &self.progress,
        };
        let written = async {
            match write_all(&writer, held, &mut holding, read, reports).await {
                Ok(()) => Ok(()),
                Err(broken) => Err(ending.broken(&holding, broken).await),
            }
        };
        let ((), ()) = try_join!(pump(parts, pieces), written)?;
        // A reader that broke has not read all: the import is not done.
        reader.await.map_err(|error| bootstrap::internal(&error))?;

        if !self.was_done {
            ending
                .end(&holding, JobOutcome::Done, String::new())
                .await?;
        }
        info!(
            account.id = %writer.import.account_id,
            job.id = %writer.import.import_id,
            rows = holding.processed,
            added = holding.added,
            updated = holding.updated,
            refused = holding.refused,
            "contact file imported"
        );
        let token = ConsistencyToken::decode(&holding.consistency_token)
            .map_err(|error| bootstrap::internal(&error))?;
        let done = Report::Done(ImportDone {
            counts: Some(counts(&holding)),
            consistency_token: self.heads.merge(token).encode(),
        });
        report(reports, done).await
    }
}

/// How the job itself ends, if it does.
struct Ending<'a> {
    writer: &'a Writer,
    held: Held,
    clock: &'a dyn Clock,
    progress: &'a Progress,
}

impl Ending<'_> {
    async fn broken(&self, holding: &Holding, broken: Broken) -> Status {
        let (outcome, message, told) = match broken {
            Broken::Failed(told) => return told,
            Broken::Stopped(Stop::TakenOver) => return self.taken_over(holding).await,
            Broken::Stopped(Stop::Cancelled) => (
                JobOutcome::Cancelled,
                String::new(),
                status::import_cancelled(holding.processed),
            ),
            // The job can go on, with the file that it began with.
            Broken::File(
                error @ (FileError::Interrupted | FileError::Changed | FileError::Internal(_)),
            ) => {
                return status::unreadable(&error);
            }
            Broken::File(error) => (
                JobOutcome::Failed,
                error.to_string(),
                status::unreadable(&error),
            ),
        };
        match self.end(holding, outcome, message).await {
            Ok(()) => told,
            Err(failure) => failure,
        }
    }

    /// By another try, or by the worker that ends what was cancelled while its caller was slow.
    async fn taken_over(&self, holding: &Holding) -> Status {
        match self.held.is_cancelled(&self.writer.pool).await {
            Ok(true) => status::import_cancelled(holding.processed),
            Ok(false) => status::import_taken_over(),
            Err(error) => bootstrap::internal(&error),
        }
    }

    async fn end(
        &self,
        holding: &Holding,
        outcome: JobOutcome,
        message: String,
    ) -> Result<(), Status> {
        let result = JobResult {
            outcome,
            processed: holding.processed,
            changed: holding.added + holding.updated,
            refused: holding.refused,
            message,
        };
        let store = &self.writer.store;
        let ended = end(store, self.held, result, self.clock.now()).await;
        if let Some(at) = ended.map_err(|error| bootstrap::internal(&*error))? {
            let token = ConsistencyToken::of(store.meta().name.as_str(), at);
            // So that whoever asks for the job next sees that it has ended.
            self.progress.wait_for(&token).await.ok();
        }
        Ok(())
    }
}

/// Hands the file's bytes to the reader, until the caller says that it is complete.
async fn pump(
    mut parts: Streaming<ImportContactsRequest>,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), Status> {
    while let Some(request) = timeout(SILENCE_MAX, parts.message())
        .await
        .map_err(|_| status::silent(SILENCE_MAX))??
    {
        let piece = match request.part {
            Some(Part::Data(data)) if data.len() <= PIECE_BYTES_MAX => data,
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

/// Writes some batches at a time, and reports them, and says how far it is, in the file's order.
async fn write_all(
    writer: &Writer,
    held: Held,
    holding: &mut Holding,
    batches: mpsc::Receiver<Result<Batch, FileError>>,
    reports: &Reports,
) -> Result<(), Broken> {
    let before = ConsistencyToken::decode(&holding.consistency_token);
    let mut token = before.map_err(|error| Broken::Failed(bootstrap::internal(&error)))?;
    let written = ReceiverStream::new(batches)
        .map(|batch| write(writer, batch))
        .buffered(WRITING_MAX);
    let mut written = std::pin::pin!(written);
    while let Some(batch) = written.try_next().await? {
        for row in batch.refused {
            report(reports, Report::Refused(row))
                .await
                .map_err(Broken::Failed)?;
        }
        add(holding, &batch.counts);
        token = token.merge(batch.token);
        holding.consistency_token = token.encode();
        holding.file_digest = Some(batch.file_digest);
        held.checkpoint(&writer.pool, holding)
            .await
            .map_err(|error| Broken::Failed(bootstrap::internal(&error)))?
            .map_err(Broken::Stopped)?;
        let progress = Report::Progress(counts(holding));
        report(reports, progress).await.map_err(Broken::Failed)?;
    }
    Ok(())
}

async fn write(writer: &Writer, batch: Result<Batch, FileError>) -> Result<Written, Broken> {
    let batch = batch.map_err(Broken::File)?;
    let written = writer.write(batch).await;
    written.map_err(|error| Broken::Failed(bootstrap::internal(&*error)))
}

fn add(holding: &mut Holding, counts: &ImportCounts) {
    holding.processed += counts.rows;
    holding.added += counts.added;
    holding.updated += counts.updated;
    holding.unchanged += counts.unchanged;
    holding.refused += counts.refused;
}

fn counts(holding: &Holding) -> ImportCounts {
    ImportCounts {
        rows: holding.processed,
        added: holding.added,
        updated: holding.updated,
        unchanged: holding.unchanged,
        refused: holding.refused,
    }
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
pub(super) fn driven(
    work: impl Future<Output = ()> + Send + 'static,
    reports: mpsc::Receiver<Result<ImportContactsResponse, Status>>,
) -> ReportStream {
    let work = stream::once(work).filter_map(|()| async { None });
    Box::pin(stream::select(ReceiverStream::new(reports), work))
}
