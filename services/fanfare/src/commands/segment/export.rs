use std::path::Path;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use proto::segmentation::v1::{ExportContactsRequest, ExportContactsResponse, ExportFormat};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt as _,
};
use tonic::Streaming;

use super::{super::text::count, who::Who};
use crate::{cli::ExportArgs, client::Client, output::Output};

pub(super) async fn run(
    mut client: Client,
    arguments: ExportArgs,
    output: Output,
) -> anyhow::Result<()> {
    let format = format_of(&arguments.file)?;
    let who = Who::find(&mut client, arguments.who).await?;
    let request = ExportContactsRequest {
        account_id: who.account_id,
        filter: who.filter,
        segment_id: who.segment_id,
        format: format.into(),
        ..ExportContactsRequest::default()
    };
    let pieces = client
        .segmentation
        .export_contacts(request)
        .await?
        .into_inner();
    // A file that broke off half way does not have the name of a whole one.
    let unfinished = arguments.file.with_added_extension("part");
    let rows = match write(pieces, &unfinished, output).await {
        Ok(rows) => rows,
        Err(error) => {
            drop(fs::remove_file(&unfinished).await);
            return Err(error);
        }
    };
    let file = arguments.file.display();
    fs::rename(&unfinished, &arguments.file)
        .await
        .with_context(|| format!("cannot write {file}"))?;
    if output.is_json() {
        let file = arguments.file.to_string_lossy();
        return output.value(&serde_json::json!({ "rows": rows.to_string(), "file": file }));
    }
    output.line(&format!("{} contacts in {file}", count(rows)))
}

async fn write(
    mut pieces: Streaming<ExportContactsResponse>,
    path: &Path,
    output: Output,
) -> anyhow::Result<i64> {
    let bar = if output.is_json() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(ProgressStyle::with_template(
        "{bar:32} {human_pos}/{human_len} contacts, {per_sec} {eta}",
    )?);
    let context = || format!("cannot write {}", path.display());
    let mut file = File::create(path).await.with_context(context)?;
    let mut rows = 0;
    while let Some(piece) = pieces.message().await? {
        file.write_all(&piece.data).await.with_context(context)?;
        rows = piece.rows;
        bar.set_length(piece.total.unsigned_abs());
        bar.set_position(rows.unsigned_abs());
    }
    file.sync_all().await.with_context(context)?;
    bar.finish_and_clear();
    Ok(rows)
}

fn format_of(file: &Path) -> anyhow::Result<ExportFormat> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(ExportFormat::Csv),
        Some("jsonl" | "ndjson") => Ok(ExportFormat::Jsonl),
        _ => bail!("name the file .csv or .jsonl"),
    }
}
