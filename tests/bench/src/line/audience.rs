use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures_util::{Stream, StreamExt as _, stream};
use proto::{
    contacts::v1::{
        ImportContactsRequest, ImportFormat, ImportStart, import_contacts_request::Part,
        import_contacts_response::Report,
    },
    segmentation::v1::CountContactsRequest,
};
use tokio::time::sleep;

use super::{Options, fanfare::Fanfare, options::person};

const HEADER: &str = "channel,external_id,display_name,tags,subscribed_at,last_interaction_at\n";
const PIECE_PEOPLE: u32 = 2_000;
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Imports everyone, and waits until segments find them. Returns how long that took.
pub(crate) async fn import(
    fanfare: &mut Fanfare,
    account_id: &str,
    options: &Options,
) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let start = ImportContactsRequest {
        part: Some(Part::Start(ImportStart {
            account_id: account_id.to_owned(),
            format: ImportFormat::Csv.into(),
            ..ImportStart::default()
        })),
    };
    let sent = stream::iter([start]).chain(file(options.people));
    let mut reports = fanfare.contacts.import_contacts(sent).await?.into_inner();
    let done = loop {
        let report = reports
            .message()
            .await?
            .context("the import ended without a result")?;
        match report.report {
            Some(Report::Done(done)) => break done,
            Some(Report::Refused(row)) => anyhow::bail!("line {}: {}", row.line, row.message),
            Some(Report::Progress(_) | Report::Started(_)) | None => {}
        }
    };
    let added = done.counts.unwrap_or_default().added;
    anyhow::ensure!(
        added == i64::from(options.people),
        "only {added} contacts were added"
    );
    loop {
        let request = CountContactsRequest {
            account_id: account_id.to_owned(),
            ..CountContactsRequest::default()
        };
        let counted = fanfare
            .segmentation
            .count_contacts(request)
            .await?
            .into_inner();
        if counted.matching == i64::from(options.people) {
            return Ok(started.elapsed());
        }
        anyhow::ensure!(
            started.elapsed() < options.time_max(),
            "segments found only {} contacts in time",
            counted.matching
        );
        sleep(POLL_INTERVAL).await;
    }
}

/// A CSV file, made while it is sent.
fn file(people: u32) -> impl Stream<Item = ImportContactsRequest> + Send {
    let pieces = (0..people).step_by(usize::try_from(PIECE_PEOPLE).unwrap_or(1));
    stream::iter(pieces).map(move |first| {
        let mut text = String::new();
        if first == 0 {
            text.push_str(HEADER);
        }
        for number in first..people.min(first + PIECE_PEOPLE) {
            // A string takes any text.
            writeln!(
                text,
                "line,{},Customer {number},repeat,2026-01-01T00:00:00Z,2026-06-01T00:00:00Z",
                person(number)
            )
            .unwrap_or_default();
        }
        ImportContactsRequest {
            part: Some(Part::Data(text.into_bytes())),
        }
    })
}
