use std::path::Path;

use anyhow::{Context as _, bail};
use futures_util::{Stream, StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use proto::contacts::v1::{
    ImportContactsRequest, ImportContactsResponse, ImportCounts, ImportDone, ImportFormat,
    ImportStart, RefusedRow, import_contacts_request::Part, import_contacts_response::Report,
};
use tokio::{fs::File, io::AsyncReadExt as _};
use tonic::Streaming;

use super::{account, text::count};
use crate::{cli::ImportArgs, client::Client, output::Output};

/// The file's bytes in one message.
const PIECE_BYTES: usize = 256 * 1024;
/// Refused rows shown on the terminal; all of them with `--refused` or `--json`.
const REFUSED_SHOWN_MAX: usize = 10;

pub(crate) async fn run(
    mut client: Client,
    arguments: ImportArgs,
    output: Output,
) -> anyhow::Result<()> {
    let account = account::resolve(&mut client, arguments.account).await?;
    let imported = import(&mut client, account, &arguments.file, output).await?;
    if let Some(path) = &arguments.refused {
        write_refused(path, &imported.refused)?;
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

/// What came of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) done: ImportDone,
    pub(crate) refused: Vec<RefusedRow>,
}

/// Sends a file, with a progress bar over its bytes.
pub(crate) async fn import(
    client: &mut Client,
    account_id: String,
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
        part: Some(Part::Start(ImportStart {
            account_id,
            format: format_of(file)?.into(),
        })),
    };
    let sent = stream::iter([start]).chain(pieces(opened, bar.clone()));
    let reports = client.contacts.import_contacts(sent).await?.into_inner();
    let imported = follow(reports, &bar).await;
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

fn pieces(file: File, bar: ProgressBar) -> impl Stream<Item = ImportContactsRequest> + Send {
    stream::unfold((file, bar), |(mut file, bar)| async move {
        let mut data = Vec::with_capacity(PIECE_BYTES);
        // A file that can't be read on ends the import; its counts then say how far it came.
        let read = (&mut file)
            .take(u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX))
            .read_to_end(&mut data)
            .await
            .ok()?;
        bar.inc(u64::try_from(read).unwrap_or_default());
        let piece = ImportContactsRequest {
            part: Some(Part::Data(data)),
        };
        (read > 0).then_some((piece, (file, bar)))
    })
}

async fn follow(
    mut reports: Streaming<ImportContactsResponse>,
    bar: &ProgressBar,
) -> anyhow::Result<Imported> {
    let mut refused = Vec::new();
    while let Some(report) = reports.message().await? {
        match report.report {
            Some(Report::Progress(counts)) => {
                bar.set_message(format!("{} rows", count(counts.rows)));
            }
            Some(Report::Refused(row)) => refused.push(row),
            Some(Report::Done(done)) => return Ok(Imported { done, refused }),
            None => {}
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
        let line = format!("\n  line {}: {}: {}", row.line, row.reason, row.message);
        text.push_str(&line);
    }
    if imported.refused.len() > REFUSED_SHOWN_MAX {
        text.push_str("\n  … all of them with --refused FILE");
    }
    text
}

fn write_refused(path: &Path, refused: &[RefusedRow]) -> anyhow::Result<()> {
    let mut writer =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["line", "reason", "message"])?;
    for row in refused {
        writer.write_record([&row.line.to_string(), &row.reason, &row.message])?;
    }
    writer.flush()?;
    Ok(())
}
