//! Files on their way into the service.

use proto::contacts::v1::{
    ImportContactsRequest, ImportCounts, ImportFormat, ImportStart, ImportStarted, RefusedRow,
    import_contacts_request::Part, import_contacts_response::Report,
};
use tokio_stream::{self as stream, StreamExt as _};
use tonic::Status;

use crate::app::Team;

/// Small enough that a file is many pieces, and that rows are cut.
const PIECE_BYTES: usize = 10_000;

/// What an import came to.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) started: ImportStarted,
    pub(crate) counts: ImportCounts,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) token: String,
}

impl Team {
    pub(crate) async fn import(
        &mut self,
        account: &str,
        format: ImportFormat,
        file: &str,
    ) -> Result<Imported, Status> {
        self.import_as(start(account, format), file.as_bytes())
            .await
    }

    pub(crate) async fn import_as(
        &mut self,
        start: ImportStart,
        file: &[u8],
    ) -> Result<Imported, Status> {
        let parts: Vec<_> = parts(start, file).collect();
        let mut reports = self
            .contacts
            .import_contacts(stream::iter(parts))
            .await?
            .into_inner();
        let Some(Report::Started(started)) = reports.message().await?.unwrap().report else {
            panic!("the first answer is not that it started");
        };
        let mut refused = Vec::new();
        let mut progress = None;
        while let Some(response) = reports.message().await? {
            match response.report.unwrap() {
                Report::Refused(row) => refused.push(row),
                Report::Progress(counts) => progress = Some(counts),
                Report::Started(_) => panic!("it started twice"),
                Report::Done(done) => {
                    let counts = done.counts.unwrap();
                    assert_eq!(
                        counts,
                        progress.unwrap_or(counts),
                        "the last progress is the result"
                    );
                    return Ok(Imported {
                        started,
                        counts,
                        refused,
                        token: done.consistency_token,
                    });
                }
            }
        }
        panic!("the import ended without a result")
    }

    /// Sends the start of a file, waits for progress, and hangs up.
    pub(crate) async fn import_part_of(
        &mut self,
        account: &str,
        file: &str,
        bytes: usize,
    ) -> Result<(), Status> {
        let start = start(account, ImportFormat::Csv);
        self.import_part_as(start, &file.as_bytes()[..bytes]).await
    }

    /// As [`import_part_of`](Self::import_part_of).
    pub(crate) async fn import_part_as(
        &mut self,
        start: ImportStart,
        file: &[u8],
    ) -> Result<(), Status> {
        let parts: Vec<_> = parts(start, file).collect();
        let endless = stream::iter(parts).chain(stream::pending());
        let mut reports = self.contacts.import_contacts(endless).await?.into_inner();
        while let Some(response) = reports.message().await? {
            if let Some(Report::Progress(_)) = response.report {
                return Err(Status::cancelled("the caller hung up"));
            }
        }
        panic!("the import ended without its file's end")
    }
}

pub(crate) fn start(account: &str, format: ImportFormat) -> ImportStart {
    ImportStart {
        account_id: account.to_owned(),
        format: format.into(),
        ..ImportStart::default()
    }
}

pub(crate) fn parts(
    start: ImportStart,
    file: &[u8],
) -> impl Iterator<Item = ImportContactsRequest> {
    let data = file
        .chunks(PIECE_BYTES)
        .map(|piece| Part::Data(piece.to_vec()));
    std::iter::once(Part::Start(start))
        .chain(data)
        .map(|part| ImportContactsRequest { part: Some(part) })
}
