use std::{future, io, path::Path};

use anyhow::{Context as _, bail};
use futures_util::{Stream, StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use proto::contacts::v1::{
    ColumnMapping, ImportContactsRequest, ImportContactsResponse, ImportCounts, ImportDone,
    ImportFormat, ImportStart, RefusedRow, TextEncoding, import_contacts_request::Part,
    import_contacts_response::Report,
};
use tokio::{fs::File, io::AsyncReadExt as _, sync::oneshot};
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use super::{account, again::again, text::count};
use crate::{
    cli::{EncodingArg, ImportArgs},
    client::Client,
    output::Output,
};

/// The file's bytes in one message.
const PIECE_BYTES: usize = 256 * 1024;
/// Refused rows shown on the terminal; all of them with `--report` or `--json`.
const REFUSED_SHOWN_MAX: usize = 10;

pub(crate) async fn run(
    mut client: Client,
    arguments: ImportArgs,
    output: Output,
) -> anyhow::Result<()> {
    let start = ImportStart {
        account_id: account::resolve(&mut client, arguments.account).await?,
        format: format_of(&arguments.file)?.into(),
        // Drawn here, so that it is known when the connection breaks off.
        job_id: arguments.job.unwrap_or_else(Uuid::now_v7).to_string(),
        columns: arguments
            .columns
            .into_iter()
            .map(|(column, field)| ColumnMapping { column, field })
            .collect(),
        dry_run: arguments.dry_run,
        replace_tags: arguments.replace_tags,
        encoding: encoding(arguments.encoding).into(),
    };
    let job_id = start.job_id.clone();
    let imported = import(&mut client, start, &arguments.file, output)
        .await
        .map_err(|error| next_step(error, &job_id))?;
    if let Some(path) = &arguments.report {
        write_refused(path, &imported.refused)?;
    }
    if arguments.dry_run {
        output.note("nothing was changed; this is what would happen");
    }
    if output.is_json() {
        let refused: Result<Vec<_>, _> = imported.refused.iter().map(proto::to_json).collect();
        return output.value(&serde_json::json!({
            "done": proto::to_json(&imported.done)?,
            "refused": refused?,
        }));
    }
    output.line(&summary(&imported))
}

/// What broke off can go on; what was refused would be refused again.
fn next_step(error: anyhow::Error, job_id: &str) -> anyhow::Error {
    let refused = error
        .downcast_ref::<Status>()
        .is_some_and(|status| match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => true,
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => false,
        });
    let cancelled = error
        .downcast_ref::<Status>()
        .and_then(bootstrap::reason)
        .is_some_and(|reason| reason == "JOB_CANCELLED");
    if refused || cancelled {
        return error;
    }
    let again = again(&[("--job", job_id)]);
    error.context(format!(
        "it broke off, and goes on where it stopped with\n  {again}\nWhat happened"
    ))
}

/// What came of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) done: ImportDone,
    pub(crate) refused: Vec<RefusedRow>,
}

/// Imports a file whose columns have our names.
pub(crate) async fn import_contacts(
    client: &mut Client,
    account_id: String,
    file: &Path,
    output: Output,
) -> anyhow::Result<Imported> {
    let start = ImportStart {
        account_id,
        format: format_of(file)?.into(),
        ..ImportStart::default()
    };
    import(client, start, file, output).await
}

fn encoding(given: Option<EncodingArg>) -> TextEncoding {
    match given {
        None => TextEncoding::Unspecified,
        Some(EncodingArg::Utf8) => TextEncoding::Utf8,
        Some(EncodingArg::Big5) => TextEncoding::Big5,
        Some(EncodingArg::Utf16le) => TextEncoding::Utf16le,
    }
}

/// Sends a file, with a progress bar over its bytes.
async fn import(
    client: &mut Client,
    start: ImportStart,
    file: &Path,
    output: Output,
) -> anyhow::Result<Imported> {
    let opened = File::open(file)
        .await
        .with_context(|| format!("cannot open {}", file.display()))?;
    let bytes = opened.metadata().await?.len();
    let bar = if output.is_json() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(bytes)
    };
    bar.set_style(ProgressStyle::with_template(
        "{bar:32} {bytes}/{total_bytes} {msg} {eta}",
    )?);
    let start = ImportContactsRequest {
        part: Some(Part::Start(start)),
    };
    let (failed, failure) = oneshot::channel();
    let sent = stream::iter([start]).chain(pieces(opened, bar.clone(), failed));
    let imported = async {
        let reports = client.contacts.import_contacts(sent).await?.into_inner();
        follow(reports, &bar, output).await
    };
    let imported = tokio::select! {
        imported = imported => imported,
        // The call is dropped: a file that ends here would be a whole one to the service.
        Ok(error) = failure => {
            Err(anyhow::Error::new(error).context(format!("cannot read {}", file.display())))
        }
    };
    bar.finish_and_clear();
    imported
}

fn format_of(file: &Path) -> anyhow::Result<ImportFormat> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(ImportFormat::Csv),
        Some("jsonl" | "ndjson") => Ok(ImportFormat::Jsonl),
        _ => bail!(
            "{} is neither .csv nor .jsonl; rename it to what it is",
            file.display()
        ),
    }
}

/// The file in pieces. One that can't be read on tells `failed`, and never ends.
fn pieces(
    file: File,
    bar: ProgressBar,
    failed: oneshot::Sender<io::Error>,
) -> impl Stream<Item = ImportContactsRequest> + Send {
    stream::unfold((file, bar, failed), |(mut file, bar, failed)| async move {
        let mut data = Vec::with_capacity(PIECE_BYTES);
        let read = (&mut file)
            .take(u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX))
            .read_to_end(&mut data)
            .await;
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                // Nobody is there to be told once the call has ended.
                drop(failed.send(error));
                return future::pending().await;
            }
        };
        bar.inc(u64::try_from(read).unwrap_or_default());
        let piece = ImportContactsRequest {
            part: Some(Part::Data(data)),
        };
        (read > 0).then_some((piece, (file, bar, failed)))
    })
}

async fn follow(
    mut reports: Streaming<ImportContactsResponse>,
    bar: &ProgressBar,
    output: Output,
) -> anyhow::Result<Imported> {
    let mut refused = Vec::new();
    while let Some(report) = reports.message().await? {
        match report.report {
            Some(Report::Progress(counts)) => {
                bar.set_message(format!("{} rows", count(counts.rows)));
            }
            Some(Report::Refused(row)) => refused.push(row),
            Some(Report::Done(done)) => return Ok(Imported { done, refused }),
            Some(Report::Started(started)) if started.rows_done > 0 => {
                output.note(&format!(
                    "{} rows were dealt with before",
                    count(started.rows_done)
                ));
            }
            Some(Report::Started(_)) | None => {}
        }
    }
    bail!("the import ended without a result; run it again, nothing is imported twice")
}

fn summary(imported: &Imported) -> String {
    let ImportCounts {
        rows,
        added,
        updated,
        unchanged,
        refused,
    } = imported.done.counts.unwrap_or_default();
    let mut text = format!(
        "{} rows: {} added, {} updated, {} unchanged, {} refused",
        count(rows),
        count(added),
        count(updated),
        count(unchanged),
        count(refused)
    );
    for row in imported.refused.iter().take(REFUSED_SHOWN_MAX) {
        let place = place(row);
        let line = format!("\n  {place}: {}: {}", row.reason, row.message);
        text.push_str(&line);
    }
    if imported.refused.len() > REFUSED_SHOWN_MAX {
        text.push_str("\n  … all of them with --report FILE");
    }
    text
}

fn place(row: &RefusedRow) -> String {
    if row.column.is_empty() {
        format!("line {}", row.line)
    } else {
        format!("line {}, {}", row.line, row.column)
    }
}

fn write_refused(path: &Path, refused: &[RefusedRow]) -> anyhow::Result<()> {
    let mut writer =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["line", "column", "reason", "message"])?;
    for row in refused {
        writer.write_record([
            row.line.to_string().as_str(),
            &row.column,
            &row.reason,
            &row.message,
        ])?;
    }
    writer.flush()?;
    Ok(())
}
