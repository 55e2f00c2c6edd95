use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::{Stream, StreamExt as _, stream};
use proto::{
    contacts::v1::{
        ImportContactsRequest, ImportFormat, ImportStart, import_contacts_request::Part,
        import_contacts_response::Report,
    },
    segmentation::v1::{GetTotalsRequest, Totals},
};
use tokio::time::sleep;

use super::{Options, people, services::Services};

const HEADER: &str = "channel,external_id,display_name,tags,subscribed_at,last_interaction_at\n";
const PIECE_PEOPLE: u32 = 2_000;
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Imports everyone, and waits until segments count them. Returns how long that took.
pub(super) async fn import(
    services: &mut Services,
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
    let sent = stream::iter([start]).chain(file(options.contacts));
    let mut reports = services.contacts.import_contacts(sent).await?.into_inner();
    loop {
        let report = reports.message().await?;
        let report = report.context("the import ended without a result")?;
        match report.report {
            Some(Report::Done(_)) => break,
            Some(Report::Refused(row)) => anyhow::bail!("line {}: {}", row.line, row.message),
            Some(Report::Progress(_) | Report::Started(_)) | None => {}
        }
    }
    loop {
        let counted = totals(services).await?.contacts;
        if counted == i64::from(options.contacts) {
            return Ok(started.elapsed());
        }
        anyhow::ensure!(
            started.elapsed() < options.time_max(),
            "segments counted only {counted} contacts in time"
        );
        sleep(POLL_INTERVAL).await;
    }
}

async fn totals(services: &mut Services) -> anyhow::Result<Totals> {
    let request = GetTotalsRequest::default();
    let totals = services
        .segmentation
        .get_totals(request)
        .await?
        .into_inner();
    totals.all.context("no totals came back")
}

/// A CSV file, made while it is sent.
fn file(contacts: u32) -> impl Stream<Item = ImportContactsRequest> + Send {
    let pieces = (0..contacts).step_by(usize::try_from(PIECE_PEOPLE).unwrap_or(1));
    stream::iter(pieces).map(move |first| {
        let mut text = String::new();
        if first == 0 {
            text.push_str(HEADER);
        }
        for number in first..contacts.min(first + PIECE_PEOPLE) {
            people::write_row(&mut text, number);
        }
        ImportContactsRequest {
            part: Some(Part::Data(text.into_bytes())),
        }
    })
}
