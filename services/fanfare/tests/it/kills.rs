//! `broadcast` and `delivery` are killed again and again while they send to 50,000 people, and
//! LINE accepts requests and drops the connection before it answers.

use std::{
    collections::HashMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

use event_sourcing::EventCodec as _;
use events::{BroadcastLogEvent, broadcasts::OutcomeKind};
use futures_util::stream;
use proto::{
    broadcast::v1::{
        BroadcastState, ConfirmBroadcastRequest, CreateBroadcastRequest, GetBroadcastRequest,
        Message, PreviewBroadcastRequest, TextMessage,
        broadcast_service_client::BroadcastServiceClient, message::Content,
    },
    common::v1::Channel as ChannelKind,
    contacts::v1::{
        ConnectAccountRequest, Credentials, ImportContactsRequest, ImportFormat, ImportStart,
        LineCredentials, accounts_service_client::AccountsServiceClient,
        contacts_service_client::ContactsServiceClient, credentials, import_contacts_request::Part,
        import_contacts_response::Report,
    },
    reporting::v1::{
        BroadcastReport, GetBroadcastReportRequest,
        reporting_service_client::ReportingServiceClient,
    },
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use simulator::{
    ChannelSettings, Control, Endpoint, Fault, FaultKind, Options, RateLimit, Simulator,
};
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

use crate::installation::{Authorized, Installation};

const PEOPLE: u32 = 50_000;
const KILLS: u32 = 20;
/// Slow enough that the kills fall into the broadcast.
const MULTICASTS_A_SECOND: f64 = 12.0;
const DONE_WITHIN: Duration = Duration::from_mins(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_gets_it_once_though_processes_are_killed_in_the_middle() {
    let line = Simulator::start(Options::default()).await.unwrap();
    let control = line.control().unwrap();
    let settings = ChannelSettings {
        access_token: "token".to_owned(),
        channel_secret: "secret".to_owned(),
        multicast_rate: RateLimit::each_second(MULTICASTS_A_SECOND),
        ..ChannelSettings::default()
    };
    control.set_channel("shop", &settings).await.unwrap();
    let installation = Installation::start(&line.url()).await;
    let mut broadcast = installation.spawn("broadcast");
    let mut delivery = installation.spawn("delivery");
    let account = connect(&installation).await;
    let token = import(&installation, &account).await;
    installation.listening("broadcast").await;
    let id = confirm(&installation, account, token).await;
    drop_answers(&control).await;

    let mut random = StdRng::seed_from_u64(7);
    let mut sent = 0;
    for kill in 0..KILLS {
        // At work again since the last kill, and not done yet.
        sent = more_than(&control, sent).await;
        assert!(
            sent < u64::from(PEOPLE),
            "everything was sent before kill {kill}"
        );
        sleep(Duration::from_millis(random.random_range(0..150))).await;
        if random.random_bool(0.5) {
            broadcast.kill();
            broadcast = installation.spawn("broadcast");
        } else {
            delivery.kill();
            delivery = installation.spawn("delivery");
        }
    }
    wait_until_done(&installation, &id).await;

    let received = control.deliveries("shop").await.unwrap();
    let twice = received.values().filter(|times| **times != 1).count();
    assert_eq!((received.len(), twice), (PEOPLE as usize, 0));
    ledger_has_everyone_once(&installation).await;
    let report = report(&installation, &id).await;
    let counts = (
        report.audience,
        report.sent,
        report.failed,
        report.unknown,
        report.pending,
    );
    assert_eq!(counts, (i64::from(PEOPLE), i64::from(PEOPLE), 0, 0, 0));
    drop((broadcast, delivery));
}

/// Waits until more people have received the message than `before`.
async fn more_than(control: &Control, before: u64) -> u64 {
    test_support::eventually("it goes on after a kill", async || {
        let received = control.totals("shop").await.ok()?.people_received;
        (received > before).then_some(received)
    })
    .await
}

async fn connect(installation: &Installation) -> String {
    installation.listening("contacts").await;
    let mut accounts = AccountsServiceClient::with_interceptor(
        installation.channel("contacts"),
        installation.auth(),
    );
    let request = ConnectAccountRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: ChannelKind::Line.into(),
        name: "Shop".to_owned(),
        credentials: Some(Credentials {
            channel: Some(credentials::Channel::Line(LineCredentials {
                access_token: "token".to_owned(),
                channel_secret: "secret".to_owned(),
            })),
        }),
        country: "TW".to_owned(),
        ..ConnectAccountRequest::default()
    };
    accounts
        .connect_account(request)
        .await
        .unwrap()
        .into_inner()
        .account
        .unwrap()
        .account_id
}

async fn import(installation: &Installation, account: &str) -> String {
    let mut contacts = ContactsServiceClient::with_interceptor(
        installation.channel("contacts"),
        installation.auth(),
    );
    let mut rows = "channel,external_id,tags\n".to_owned();
    for person in 0..PEOPLE {
        writeln!(rows, "line,U{person:032x},all").unwrap();
    }
    let start = Part::Start(ImportStart {
        account_id: account.to_owned(),
        format: ImportFormat::Csv.into(),
        ..ImportStart::default()
    });
    let pieces = rows
        .as_bytes()
        .chunks(512 * 1024)
        .map(|piece| Part::Data(piece.to_vec()));
    let sent: Vec<ImportContactsRequest> = std::iter::once(start)
        .chain(pieces)
        .map(|part| ImportContactsRequest { part: Some(part) })
        .collect();
    let mut reports = contacts
        .import_contacts(stream::iter(sent))
        .await
        .unwrap()
        .into_inner();
    while let Some(report) = reports.message().await.unwrap() {
        if let Some(Report::Done(done)) = report.report {
            assert_eq!(done.counts.unwrap().added, i64::from(PEOPLE));
            return done.consistency_token;
        }
    }
    panic!("the import did not end");
}

fn broadcasts(installation: &Installation) -> BroadcastServiceClient<Authorized> {
    BroadcastServiceClient::with_interceptor(installation.channel("broadcast"), installation.auth())
}

async fn confirm(installation: &Installation, account_id: String, token: String) -> String {
    let mut client = broadcasts(installation);
    let create = CreateBroadcastRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id,
        name: "To everyone".to_owned(),
        audience: None,
        messages: vec![Message {
            content: Some(Content::Text(TextMessage {
                text: "Hello".to_owned(),
            })),
            ..Message::default()
        }],
        personal_links: false,
    };
    let create = test_support::eventually("the account is known", async || {
        client.clone().create_broadcast(create.clone()).await.ok()
    });
    let broadcast_id = create.await.into_inner().broadcast.unwrap().broadcast_id;
    let preview = test_support::eventually("segmentation has everyone", async || {
        let request = PreviewBroadcastRequest {
            broadcast_id: broadcast_id.clone(),
            consistency_token: token.clone(),
        };
        let preview = client
            .clone()
            .preview_broadcast(request)
            .await
            .ok()?
            .into_inner();
        (preview.included == i64::from(PEOPLE)).then_some(preview)
    })
    .await;
    let confirm = ConfirmBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        preview_hash: preview.preview_hash,
        request_id: Uuid::new_v4().to_string(),
    };
    client.confirm_broadcast(confirm).await.unwrap();
    broadcast_id
}

/// One request in four is accepted and not answered.
async fn drop_answers(control: &Control) {
    let fault = Fault {
        kind: FaultKind::DropAfterAccept,
        channel: None,
        endpoint: Some(Endpoint::Multicast),
        skip: 0,
        count: None,
        probability: Some(0.25),
    };
    control.set_faults(7, vec![fault]).await.unwrap();
}

async fn wait_until_done(installation: &Installation, id: &str) {
    let deadline = Instant::now() + DONE_WITHIN;
    loop {
        let request = GetBroadcastRequest {
            broadcast_id: id.to_owned(),
            consistency_token: String::new(),
        };
        // Unavailable while it starts again.
        if let Ok(response) = broadcasts(installation).get_broadcast(request).await {
            let broadcast = response.into_inner().broadcast.unwrap();
            if broadcast.state() == BroadcastState::Done {
                assert_eq!(broadcast.settled, i64::from(PEOPLE));
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{broadcast:?}\n{}",
                installation.log()
            );
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// From the events alone: each person of each chunk has one outcome, and it is accepted.
async fn ledger_has_everyone_once(installation: &Installation) {
    let pool = PgPool::connect(&installation.postgres.url("broadcast"))
        .await
        .unwrap();
    let logged: Vec<(String, Vec<u8>)> =
        sqlx::query_as("SELECT event_type, payload FROM log_events ORDER BY partition, position")
            .fetch_all(&pool)
            .await
            .unwrap();
    let mut chunks: HashMap<Vec<u8>, Vec<Uuid>> = HashMap::new();
    let mut outcomes: HashMap<Uuid, Vec<OutcomeKind>> = HashMap::new();
    for (event_type, payload) in logged {
        match BroadcastLogEvent::decode(&event_type, &payload).unwrap() {
            BroadcastLogEvent::ChunkStored(chunk) => {
                chunks.insert(chunk.chunk_id, events::ids(&chunk.contact_ids).collect());
            }
            BroadcastLogEvent::WindowSettled(settled) => {
                for outcome in &settled.outcomes {
                    for range in &outcome.recipients {
                        for place in range.first..range.first + range.count {
                            let contact = chunks[&settled.chunk_id][place as usize];
                            outcomes.entry(contact).or_default().push(outcome.kind());
                        }
                    }
                }
            }
            BroadcastLogEvent::Drafted(_)
            | BroadcastLogEvent::Confirmed(_)
            | BroadcastLogEvent::AudienceFrozen(_)
            | BroadcastLogEvent::Excluded(_)
            | BroadcastLogEvent::WindowStarted(_)
            | BroadcastLogEvent::Progressed(_)
            | BroadcastLogEvent::Paused(_)
            | BroadcastLogEvent::Resumed(_)
            | BroadcastLogEvent::Stopped(_)
            | BroadcastLogEvent::Completed(_) => {}
        }
    }
    assert_eq!(
        chunks.values().map(Vec::len).sum::<usize>(),
        PEOPLE as usize
    );
    assert_eq!(outcomes.len(), PEOPLE as usize);
    assert!(
        outcomes
            .values()
            .all(|kinds| kinds == &[OutcomeKind::Accepted])
    );
}

async fn report(installation: &Installation, id: &str) -> BroadcastReport {
    let client = ReportingServiceClient::with_interceptor(
        installation.channel("reporting"),
        installation.auth(),
    );
    test_support::eventually("the report is level", async || {
        let request = GetBroadcastReportRequest {
            broadcast_id: id.to_owned(),
            consistency_token: String::new(),
        };
        let report = client
            .clone()
            .get_broadcast_report(request)
            .await
            .ok()?
            .into_inner()
            .report?;
        (report.state == "DONE" && report.pending == 0).then_some(report)
    })
    .await
}
