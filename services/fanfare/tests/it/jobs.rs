//! An import and work on everyone who matches a filter, while the process that does it is killed.

use std::{collections::BTreeMap, fmt::Write as _};

use event_sourcing::EventCodec as _;
use events::{ContactEvent, ContactsLogEvent};
use futures_util::{StreamExt as _, stream};
use proto::{
    contacts::v1::{
        GetJobRequest, ImportContactsRequest, ImportDone, ImportFormat, ImportStart, Job, JobState,
        StartJobRequest, TagJob, contacts_service_client::ContactsServiceClient,
        import_contacts_request::Part, import_contacts_response::Report,
        jobs_service_client::JobsServiceClient, start_job_request::Action,
    },
    segmentation::v1::{Filter, Tags, filter::Condition},
};
use sqlx::PgPool;
use test_support::eventually;
use tonic::Status;
use uuid::Uuid;

use crate::{
    counts::Shop,
    installation::{Authorized, Installation},
};

const PEOPLE: usize = 60_000;
const PIECE_BYTES: usize = 64 * 1024;

/// How often each contact is in events of a kind.
type Times = BTreeMap<Uuid, usize>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_and_a_job_are_done_once_though_the_process_is_killed() {
    let installation = Installation::start_without_contacts().await;
    let mut contacts = installation.spawn("contacts");
    installation.listening("contacts").await;
    let account = Shop::of(&installation).connect("line").await;
    let file = file();
    let start = ImportStart {
        account_id: account.clone(),
        format: ImportFormat::Csv.into(),
        job_id: Uuid::new_v4().to_string(),
        ..ImportStart::default()
    };

    for rows in [1, 20_000] {
        import_until(&installation, &start, &file, rows).await;
        contacts.kill();
        contacts = installation.spawn("contacts");
        installation.listening("contacts").await;
    }
    let done = eventually("the file is imported", async || {
        import(&installation, &start, &file, None).await.ok()
    })
    .await
    .unwrap();
    let counts = done.counts.unwrap();
    let people = i64::try_from(PEOPLE).unwrap();
    assert_eq!((counts.rows, counts.refused), (people, 0));
    let pool = PgPool::connect(&installation.postgres.url("contacts"))
        .await
        .unwrap();
    let (imported, _) = log(&pool).await;
    assert_eq!(imported.len(), PEOPLE);
    assert!(imported.values().all(|times| *times == 1));

    let job = tag_all(&account);
    let mut jobs = jobs(&installation);
    jobs.start_job(job.clone()).await.unwrap();
    for _ in 0..2 {
        contacts.kill();
        contacts = installation.spawn("contacts");
        installation.listening("contacts").await;
        // Whoever did not hear the answer asks again.
        eventually("it can be asked again", async || {
            jobs.clone().start_job(job.clone()).await.ok()
        })
        .await;
    }
    let ended = eventually("the job is done", async || {
        let shown = shown(&installation, &job.job_id).await?;
        (shown.state() == JobState::Done).then_some(shown)
    })
    .await;
    assert_eq!((ended.total, ended.processed), (Some(people), people));
    let (_, tagged) = log(&pool).await;
    assert_eq!(tagged, imported, "everyone was tagged, and once");
    drop(contacts);
}

fn file() -> String {
    let mut file = "external_id,display_name,tags\n".to_owned();
    for person in 0..PEOPLE {
        writeln!(file, "U{person:032x},Person {person},all").unwrap();
    }
    file
}

/// Imports until so many rows are dealt with, or to the end.
async fn import_until(installation: &Installation, start: &ImportStart, file: &str, rows: i64) {
    let cut = eventually("some of the file is imported", async || {
        import(installation, start, file, Some(rows)).await.ok()
    })
    .await;
    assert!(cut.is_none(), "the file ended before {rows} rows");
}

/// `None`: so many rows are dealt with, and there are more.
async fn import(
    installation: &Installation,
    start: &ImportStart,
    file: &str,
    until: Option<i64>,
) -> Result<Option<ImportDone>, Status> {
    let mut client = ContactsServiceClient::with_interceptor(
        installation.channel("contacts"),
        installation.auth(),
    );
    let pieces = file.as_bytes().chunks(PIECE_BYTES);
    let pieces = pieces.map(|piece| Part::Data(piece.to_vec()));
    let parts: Vec<_> = std::iter::once(Part::Start(start.clone()))
        .chain(pieces)
        .map(|part| ImportContactsRequest { part: Some(part) })
        .collect();
    let sent = stream::iter(parts);
    let sent = if until.is_some() {
        // Whoever sends it has not come to its end when the process is killed.
        sent.chain(stream::pending()).boxed()
    } else {
        sent.boxed()
    };
    let mut reports = client.import_contacts(sent).await?.into_inner();
    while let Some(response) = reports.message().await? {
        match response.report {
            Some(Report::Done(done)) => return Ok(Some(done)),
            Some(Report::Progress(counts)) if until.is_some_and(|until| counts.rows >= until) => {
                return Ok(None);
            }
            Some(Report::Progress(_) | Report::Refused(_) | Report::Started(_)) | None => {}
        }
    }
    Err(Status::aborted("the import ended without a result"))
}

fn jobs(installation: &Installation) -> JobsServiceClient<Authorized> {
    JobsServiceClient::with_interceptor(installation.channel("contacts"), installation.auth())
}

/// `None`: the service is starting again.
async fn shown(installation: &Installation, job_id: &str) -> Option<Job> {
    let request = GetJobRequest {
        job_id: job_id.to_owned(),
        ..GetJobRequest::default()
    };
    let response = jobs(installation).get_job(request).await.ok()?;
    response.into_inner().job
}

fn tag_all(account: &str) -> StartJobRequest {
    StartJobRequest {
        job_id: Uuid::new_v4().to_string(),
        account_id: account.to_owned(),
        filter: Some(Filter {
            condition: Some(Condition::HasAnyTag(Tags {
                tags: vec!["all".to_owned()],
                tag_ids: Vec::new(),
            })),
        }),
        action: Some(Action::Tag(TagJob {
            add_tags: vec!["vip".to_owned()],
            remove_tags: Vec::new(),
        })),
    }
}

/// How often each contact was imported, and how often tagged.
async fn log(pool: &PgPool) -> (Times, Times) {
    let logged: Vec<(String, Vec<u8>)> =
        sqlx::query_as("SELECT event_type, payload FROM log_events ORDER BY partition, position")
            .fetch_all(pool)
            .await
            .unwrap();
    let (mut imported, mut tagged) = (Times::new(), Times::new());
    for (event_type, payload) in logged {
        match ContactsLogEvent::decode(&event_type, &payload).unwrap() {
            ContactsLogEvent::Contact(ContactEvent::Imported(event)) => {
                for contact in event.contacts {
                    *imported.entry(events::id(&contact.contact_id)).or_default() += 1;
                }
            }
            ContactsLogEvent::Contact(ContactEvent::Tagged(event)) => {
                for contact_id in events::ids(&event.contact_ids) {
                    *tagged.entry(contact_id).or_default() += 1;
                }
            }
            ContactsLogEvent::Account(_)
            | ContactsLogEvent::Contact(_)
            | ContactsLogEvent::Tag(_)
            | ContactsLogEvent::Job(_) => {}
        }
    }
    (imported, tagged)
}
