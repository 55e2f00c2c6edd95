//! What channels tell of messages after they were sent.

use bootstrap::AuthConfig;
use broadcast_domain::{Chunk, ChunkCommand, Correlation, Fate, Outcome, Recipients, Status};
use chrono::TimeDelta;
use event_sourcing::{EventCodec as _, StreamId};
use event_store::CommandContext;
use events::{
    BroadcastLogEvent, IngressLogEvent,
    broadcasts::{FailureClass, RecipientsProgressed},
    common::{Channel, ProgressKind as Kind},
    ingested::MessageProgressed,
    to_bytes,
};
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use test_support::{Database, PeerLog, TestNats, eventually};
use uuid::Uuid;

use crate::app::{ACCOUNT, AUTH_SECRET, App, NOW, TEAM};

const OTHER_TEAM: Uuid = Uuid::from_u128(0xb);
const CHUNK: Uuid = Uuid::from_u128(0xc);

/// The service, with an ingress, and a chunk of four people nobody knows anything of.
struct Progress {
    app: App,
    ingress: PeerLog,
}

impl Progress {
    async fn start() -> Self {
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        let nats = TestNats::start().await;
        let ingress = PeerLog::start(&nats, Database::Ingress, "ingress", &auth).await;
        let app = App::start_with(nats, &ingress.url).await;
        let progress = Self { app, ingress };
        progress.send(CHUNK, Uuid::from_u128(0xbc)).await;
        progress
    }

    /// As delivery leaves a chunk whose window was interrupted.
    async fn send(&self, chunk_id: Uuid, broadcast_id: Uuid) {
        let store = ChunkCommand::Store {
            chunk_id,
            broadcast_id,
            account_id: ACCOUNT,
            index: 0,
            contact_ids: (1..=4).map(Uuid::from_u128).collect(),
        };
        let start = ChunkCommand::StartWindow {
            recipients: Recipients::first(4),
            retry_key: Uuid::new_v4(),
            at: NOW,
        };
        let settle = ChunkCommand::SettleWindow {
            window: 1,
            outcomes: vec![Outcome {
                recipients: Recipients::first(4),
                fate: Fate::Unknown {
                    code: "interrupted".to_owned(),
                },
            }],
            at: NOW,
        };
        let context = CommandContext {
            team_id: TEAM,
            ..CommandContext::default()
        };
        for command in [store, start, settle] {
            let executed = self.app.log.execute::<Chunk>(&context, chunk_id, command);
            executed.await.unwrap();
        }
    }

    async fn tell(&self, fact: MessageProgressed) {
        self.tell_as(TEAM, fact).await;
    }

    async fn tell_as(&self, team_id: Uuid, fact: MessageProgressed) {
        let id = Uuid::now_v7();
        let stream = StreamId {
            category: "message",
            id,
        };
        let event = IngressLogEvent::from(fact).encode();
        self.ingress.append(team_id, stream, id, event).await;
    }

    async fn statuses(&self) -> [Option<Status>; 4] {
        let chunk = self.app.log.load::<Chunk>(CHUNK).await.unwrap().state;
        [0, 1, 2, 3].map(|place| chunk.status(place))
    }

    async fn become_of(&self, expected: [Status; 4]) {
        eventually("what was told is in the log", async || {
            (self.statuses().await == expected.map(Some)).then_some(())
        })
        .await;
    }

    async fn progressed(&self) -> Vec<RecipientsProgressed> {
        let events = self.app.events().await.into_iter();
        let told = events.filter_map(|event| {
            let BroadcastLogEvent::Progressed(told) = event else {
                return None;
            };
            Some(told)
        });
        told.collect()
    }

    async fn kept(&self) -> i64 {
        let kept = sqlx::query_scalar("SELECT count(*) FROM told_progress");
        kept.fetch_one(&self.app.pool).await.unwrap()
    }
}

fn whatsapp(place: u32, kind: Kind) -> MessageProgressed {
    fact(Channel::Whatsapp, Some(place), None, kind)
}

fn messenger(place: Option<u32>, message: Option<u8>, kind: Kind) -> MessageProgressed {
    fact(Channel::Messenger, place, message, kind)
}

fn fact(
    channel: Channel,
    place: Option<u32>,
    message: Option<u8>,
    kind: Kind,
) -> MessageProgressed {
    let correlation = place.map(|place| {
        let chunk_id = CHUNK;
        Correlation { chunk_id, place }.to_string()
    });
    MessageProgressed {
        account_id: to_bytes(ACCOUNT),
        channel: channel.into(),
        correlation: correlation.unwrap_or_default(),
        channel_message_key: message.map_or_else(Vec::new, |message| vec![message; 32]),
        kind: kind.into(),
        code: if kind == Kind::Failed { "131026" } else { "" }.to_owned(),
        occurred_at: Some(events::to_timestamp(NOW)),
        person_key: Vec::new(),
    }
}

#[tokio::test]
async fn statuses_settle_doubts_in_any_order_and_once() {
    let progress = Progress::start().await;
    for told in [
        whatsapp(1, Kind::Read),
        whatsapp(0, Kind::Accepted),
        whatsapp(1, Kind::Delivered),
        whatsapp(2, Kind::Failed),
        whatsapp(1, Kind::Read),
        whatsapp(0, Kind::Accepted),
    ] {
        progress.tell(told).await;
    }
    progress
        .become_of([
            Status::Accepted,
            Status::Read,
            Status::Failed,
            Status::Unknown,
        ])
        .await;
    progress.tell(whatsapp(2, Kind::Delivered)).await;
    progress
        .become_of([
            Status::Accepted,
            Status::Read,
            Status::Delivered,
            Status::Unknown,
        ])
        .await;
    eventually("nothing is kept", async || {
        (progress.kept().await == 0).then_some(())
    })
    .await;
    let told = progress.progressed().await;
    let failed = told
        .iter()
        .find(|told| told.kind() == Kind::Failed)
        .unwrap();
    assert_eq!(failed.failure_class(), FailureClass::Recipient);
    assert_eq!(failed.code, "131026 undeliverable");
    let reads = told.iter().filter(|told| told.kind() == Kind::Read);
    assert_eq!(reads.count(), 1, "{told:?}");
}

/// Messenger sends our words back with the echo alone; a delivery names the message.
#[tokio::test]
async fn a_delivery_is_of_whom_the_echo_names_whichever_comes_first() {
    let progress = Progress::start().await;
    progress
        .tell(messenger(None, Some(7), Kind::Delivered))
        .await;
    eventually("the delivery is kept", async || {
        (progress.kept().await == 1).then_some(())
    })
    .await;
    progress
        .tell(messenger(Some(0), Some(7), Kind::Accepted))
        .await;
    progress
        .tell(messenger(Some(1), Some(8), Kind::Accepted))
        .await;
    progress
        .become_of([
            Status::Delivered,
            Status::Accepted,
            Status::Unknown,
            Status::Unknown,
        ])
        .await;
    progress
        .tell(messenger(None, Some(8), Kind::Delivered))
        .await;
    progress
        .become_of([
            Status::Delivered,
            Status::Delivered,
            Status::Unknown,
            Status::Unknown,
        ])
        .await;
}

/// A team signs its own webhooks, so that it chooses what is in them.
#[tokio::test]
async fn another_teams_webhook_changes_nothing() {
    let progress = Progress::start().await;
    progress.tell_as(OTHER_TEAM, whatsapp(0, Kind::Read)).await;
    progress
        .tell_as(OTHER_TEAM, messenger(Some(1), Some(7), Kind::Read))
        .await;
    // Of the same message, as this team knows it.
    progress
        .tell(messenger(None, Some(7), Kind::Delivered))
        .await;
    progress.tell(whatsapp(3, Kind::Delivered)).await;
    progress
        .become_of([
            Status::Unknown,
            Status::Unknown,
            Status::Unknown,
            Status::Delivered,
        ])
        .await;
    eventually("what is another team's is dropped", async || {
        (progress.kept().await == 1).then_some(())
    })
    .await;
    assert_eq!(progress.statuses().await[..3], [Some(Status::Unknown); 3]);
}

/// The account may be shared with another installation, and with people who answer by hand.
#[tokio::test]
async fn what_others_sent_is_left_alone() {
    let progress = Progress::start().await;
    for correlation in ["campaign-7", "fanfare:2:x:1"] {
        let other = MessageProgressed {
            correlation: correlation.to_owned(),
            ..messenger(None, Some(9), Kind::Accepted)
        };
        progress.tell(other).await;
    }
    let unknown = Correlation {
        chunk_id: Uuid::from_u128(0xdead),
        place: 0,
    };
    progress
        .tell(MessageProgressed {
            correlation: unknown.to_string(),
            ..whatsapp(0, Kind::Read)
        })
        .await;
    progress.tell(whatsapp(9, Kind::Read)).await;
    progress.tell(whatsapp(0, Kind::Accepted)).await;
    progress
        .become_of([
            Status::Accepted,
            Status::Unknown,
            Status::Unknown,
            Status::Unknown,
        ])
        .await;
    eventually("only the unknown chunk waits", async || {
        (progress.kept().await == 1).then_some(())
    })
    .await;
    assert_eq!(progress.progressed().await.len(), 1);
}

const PERSON: [u8; 32] = [1; 32];

/// Messenger took a message to the person so many seconds after the start.
fn echo(place: u32, seconds: i64) -> MessageProgressed {
    let message = u8::try_from(100 + place).unwrap();
    MessageProgressed {
        person_key: PERSON.to_vec(),
        occurred_at: Some(events::to_timestamp(NOW + TimeDelta::seconds(seconds))),
        ..messenger(Some(place), Some(message), Kind::Accepted)
    }
}

fn until(kind: Kind, seconds: i64) -> MessageProgressed {
    MessageProgressed {
        person_key: PERSON.to_vec(),
        occurred_at: Some(events::to_timestamp(NOW + TimeDelta::seconds(seconds))),
        ..messenger(None, None, kind)
    }
}

/// Delivered is before a watermark, read is before or at it; whichever of echo and watermark comes first.
#[tokio::test]
async fn a_watermark_is_of_everything_that_the_person_was_sent_until_then_in_any_order() {
    let facts = [
        echo(0, 10),
        echo(1, 20),
        echo(2, 30),
        until(Kind::Read, 10),
        until(Kind::Delivered, 30),
        until(Kind::Delivered, 20),
        // Of somebody else.
        MessageProgressed {
            person_key: vec![2; 32],
            ..until(Kind::Read, 99)
        },
    ];
    for seed in 0..4 {
        let progress = Progress::start().await;
        let mut facts = facts.to_vec();
        facts.extend(facts.clone());
        facts.shuffle(&mut StdRng::seed_from_u64(seed));
        progress.tell_as(OTHER_TEAM, until(Kind::Read, 99)).await;
        for fact in facts {
            progress.tell(fact).await;
        }
        progress
            .become_of([
                Status::Read,
                Status::Delivered,
                Status::Accepted,
                Status::Unknown,
            ])
            .await;
        eventually("everything is taken in", async || {
            (progress.kept().await == 0).then_some(())
        })
        .await;
        assert_eq!(
            progress.statuses().await[2],
            Some(Status::Accepted),
            "it was sent when all before it were delivered (seed {seed})"
        );
        progress.tell(until(Kind::Read, 30)).await;
        progress
            .become_of([Status::Read, Status::Read, Status::Read, Status::Unknown])
            .await;
    }
}

/// Two replicas, or one that was thought dead, look at the same time.
#[tokio::test]
async fn two_processes_at_once_put_it_into_the_log_once() {
    let progress = Progress::start().await;
    let other = progress.app.another().await;
    for place in 0..4 {
        for kind in [Kind::Accepted, Kind::Delivered, Kind::Read] {
            progress.tell(whatsapp(place, kind)).await;
        }
    }
    progress.become_of([Status::Read; 4]).await;
    eventually("everything is taken in", async || {
        (progress.kept().await == 0).then_some(())
    })
    .await;
    let told = progress.progressed().await;
    let reads = told.iter().filter(|told| told.kind() == Kind::Read);
    let people: u32 = reads
        .flat_map(|told| &told.recipients)
        .map(|range| range.count)
        .sum();
    assert_eq!(people, 4, "{told:?}");
    drop(other);
}
