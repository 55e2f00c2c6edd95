//! The whole service: three logs, JetStream, and gRPC over a socket.

use std::time::Duration;

use bootstrap::{AuthConfig, ClientAuth, Lifecycle, NatsConfig, PostgresConfig};
use event_bus::{ConsistencyToken, LogSource, Relay};
use event_sourcing::{EventCodec, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use proto::{
    log::v1::{ListConsumersRequest, consumer_service_client::ConsumerServiceClient},
    reporting::v1::{GetBroadcastReportRequest, reporting_service_client::ReportingServiceClient},
};
use reporting::{Config, Peers, Sources, start_with};
use telemetry::{LogFormat, TelemetryConfig};
use test_support::{Database, TestDatabase, TestNats};
use tokio_util::sync::DropGuard;
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::{
    facts::{Facts, half_day},
    journal::{Stream, broadcast_streams, contacts_streams, ingress_streams},
};

struct App {
    contacts: EventStore,
    broadcasts: EventStore,
    ingress: EventStore,
    auth: AuthConfig,
    channel: Channel,
    _nats: TestNats,
    _stop: DropGuard,
}

impl App {
    async fn start() -> Self {
        let nats = TestNats::start().await;
        let lifecycle = Lifecycle::new();
        let stop = lifecycle.shutdown().drop_guard();
        let contacts = log("contacts", Database::Contacts, &nats, &lifecycle).await;
        let broadcasts = log("broadcasts", Database::Broadcast, &nats, &lifecycle).await;
        let ingress = log("ingress", Database::Ingress, &nats, &lifecycle).await;
        let sources = Sources {
            contacts: LogSource::Local(contacts.clone()),
            broadcasts: LogSource::Local(broadcasts.clone()),
            ingress: LogSource::Local(ingress.clone()),
        };
        let database = TestDatabase::create(Database::Reporting).await;
        let config = config(&database.url, &nats.url());
        let auth = config.auth.clone();
        let address = start_with(config, sources, &lifecycle).await.unwrap();
        Self {
            contacts,
            broadcasts,
            ingress,
            auth,
            channel: bootstrap::connect_grpc(&format!("http://{address}")).unwrap(),
            _nats: nats,
            _stop: stop,
        }
    }

    /// Appends all facts, and says when a read model reflects them.
    async fn record(&self, facts: &Facts) -> ConsistencyToken {
        append(&self.contacts, facts.team, contacts_streams(facts))
            .await
            .merge(append(&self.broadcasts, facts.team, broadcast_streams(facts)).await)
            .merge(append(&self.ingress, facts.team, ingress_streams(facts)).await)
    }

    fn as_member(&self, team: Uuid, subject: &str) -> InterceptedService<Channel, ClientAuth> {
        InterceptedService::new(
            self.channel.clone(),
            ClientAuth::new(&self.auth, team, subject),
        )
    }
}

async fn log(
    name: &'static str,
    database: Database,
    nats: &TestNats,
    lifecycle: &Lifecycle,
) -> EventStore {
    let database = TestDatabase::create(database).await;
    let config = LogConfig {
        name,
        partitions: 4,
    };
    let (store, appender) = EventStore::open(database.pool, &config).await.unwrap();
    lifecycle.spawn(name, async {
        appender.run().await;
        Ok(())
    });
    let relay = Relay::new(store.clone(), nats.client.clone());
    lifecycle.spawn(name, relay.run(lifecycle.shutdown()));
    store
}

fn config(postgres_url: &str, nats_url: &str) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        grace_period_seconds: 5,
        postgres: PostgresConfig {
            url: postgres_url.into(),
            max_connections: 10,
            acquire_timeout_seconds: 10,
        },
        nats: NatsConfig {
            url: nats_url.into(),
        },
        auth: AuthConfig {
            secret: "a secret of at least 32 characters".into(),
        },
        peers: Peers {
            contacts_url: "http://127.0.0.1:1".to_owned(),
            broadcast_url: "http://127.0.0.1:1".to_owned(),
            ingress_url: "http://127.0.0.1:1".to_owned(),
        },
        telemetry: TelemetryConfig {
            filter: "off".to_owned(),
            format: LogFormat::Text,
            otlp_endpoint: None,
            sample_ratio: 0.0,
        },
    }
}

async fn append<E: EventCodec>(
    store: &EventStore,
    team_id: Uuid,
    streams: Vec<Stream<E>>,
) -> ConsistencyToken {
    let mut token = ConsistencyToken::default();
    for (id, events) in streams {
        let new = |(id, event): (Uuid, E)| NewEvent::with_id(id, event.encode());
        let command = Append {
            stream: StreamId {
                category: "any",
                id,
            },
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: events.into_iter().map(new).collect(),
        };
        let appended = store.append(command).await.unwrap();
        token = token.and(&store.meta().name, appended.at);
    }
    token
}

#[tokio::test]
async fn what_the_logs_tell_is_reported_as_soon_as_it_is_asked_for() {
    let app = App::start().await;
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(700);
    let visitor = Uuid::now_v7();
    facts.clicked(broadcast, visitor, half_day(4));
    facts.ordered(visitor, half_day(5), 42_000);
    let token = app.record(&facts).await;

    let mut client = ReportingServiceClient::new(app.as_member(facts.team, "mia"));
    let request = GetBroadcastReportRequest {
        broadcast_id: broadcast.to_string(),
        consistency_token: token.encode(),
    };
    let report = test_support::eventually("the report", || {
        let (mut client, request) = (client.clone(), request.clone());
        async move {
            match client.get_broadcast_report(request).await {
                Ok(response) => response.into_inner().report,
                Err(status) => {
                    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                    None
                }
            }
        }
    })
    .await;
    assert_eq!(
        (report.sent, report.clicked, report.orders),
        (700, Some(1), Some(1))
    );
    // 420.00 TWD for 140.00 TWD.
    assert_eq!(report.roas.as_deref(), Some("3.00"));
    assert_eq!(report.state, "DONE");

    let mut stranger = ReportingServiceClient::new(app.as_member(Uuid::now_v7(), "eve"));
    let refused = stranger.get_broadcast_report(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let garbled = GetBroadcastReportRequest {
        broadcast_id: broadcast.to_string(),
        consistency_token: "?".to_owned(),
    };
    let refused = client.get_broadcast_report(garbled).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_report_that_is_behind_says_when_to_ask_again() {
    let app = App::start().await;
    let facts = Facts::of_a_team();
    let mut client = ReportingServiceClient::new(app.as_member(facts.team, "mia"));
    let never = event_store::LogPosition {
        partition: 0,
        position: 1_000_000,
    };
    let request = GetBroadcastReportRequest {
        broadcast_id: Uuid::now_v7().to_string(),
        consistency_token: ConsistencyToken::of("ingress", never).encode(),
    };
    let refused = client.get_broadcast_report(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let retry = tonic_types::StatusExt::get_details_retry_info(&refused).unwrap();
    assert_eq!(retry.retry_delay, Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn operators_see_how_far_each_read_model_is() {
    let app = App::start().await;
    let operator = ConsumerServiceClient::new(app.as_member(Uuid::nil(), "service:operator"));
    let names = test_support::eventually("all partitions", || {
        let mut operator = operator.clone();
        async move {
            let listed = operator
                .list_consumers(ListConsumersRequest {})
                .await
                .unwrap()
                .into_inner();
            let names = listed
                .partitions
                .into_iter()
                .map(|partition| partition.consumer);
            let names: Vec<String> = names.collect();
            (names.len() == 12).then_some(names)
        }
    })
    .await;
    for name in ["reporting-accounts", "reporting-sends", "reporting-visits"] {
        assert_eq!(names.iter().filter(|each| *each == name).count(), 4);
    }
    let mut member = ConsumerServiceClient::new(app.as_member(Uuid::now_v7(), "mia"));
    let refused = member
        .list_consumers(ListConsumersRequest {})
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
