//! The log that says whom broadcasts were sent to, as the broadcast service keeps it.

use chrono::DateTime;
use event_sourcing::{EventCodec as _, StreamId};
use events::{
    BroadcastLogEvent,
    broadcasts::{
        BroadcastDrafted, ChunkStored, MessageContent, Outcome, OutcomeKind, RecipientRange,
        TextContent, WindowSettled, message_content::Content,
    },
    join_ids, to_bytes, to_timestamp,
};
use test_support::{Database, PeerLog, TestNats};
use uuid::Uuid;

use crate::app::auth;

pub(crate) struct Broadcasts {
    pub(crate) log: PeerLog,
}

impl Broadcasts {
    pub(crate) async fn start(nats: &TestNats) -> Self {
        Self {
            log: PeerLog::start(nats, Database::Broadcast, "broadcasts", &auth()).await,
        }
    }

    pub(crate) async fn draft(&self, team_id: Uuid, account: &str, text: &str) -> Uuid {
        let broadcast_id = Uuid::now_v7();
        let text = Content::Text(TextContent {
            text: text.to_owned(),
        });
        let drafted = BroadcastLogEvent::Drafted(BroadcastDrafted {
            broadcast_id: to_bytes(broadcast_id),
            account_id: to_bytes(account.parse().unwrap()),
            messages: vec![MessageContent {
                content: Some(text),
                ..MessageContent::default()
            }],
            ..BroadcastDrafted::default()
        });
        self.append(team_id, broadcast_id, drafted).await;
        broadcast_id
    }

    /// A chunk of these people; returns its id.
    pub(crate) async fn chunk(&self, team_id: Uuid, broadcast_id: Uuid, people: &[Uuid]) -> Uuid {
        self.chunk_of(team_id, (broadcast_id, Uuid::nil()), people)
            .await
    }

    /// The same, of an account.
    pub(crate) async fn chunk_of(
        &self,
        team_id: Uuid,
        (broadcast_id, account_id): (Uuid, Uuid),
        people: &[Uuid],
    ) -> Uuid {
        let chunk_id = Uuid::now_v7();
        let stored = BroadcastLogEvent::ChunkStored(ChunkStored {
            chunk_id: to_bytes(chunk_id),
            broadcast_id: to_bytes(broadcast_id),
            account_id: to_bytes(account_id),
            contact_ids: join_ids(people.iter().copied()),
            ..ChunkStored::default()
        });
        self.append(team_id, chunk_id, stored).await;
        chunk_id
    }

    /// What became of the people at these places.
    pub(crate) async fn settle(
        &self,
        team_id: Uuid,
        chunk_id: Uuid,
        places: &[u32],
        kind: OutcomeKind,
        at: i64,
    ) {
        self.settle_as(team_id, chunk_id, places, (kind, ""), at)
            .await;
    }

    /// The same, with a code.
    pub(crate) async fn settle_as(
        &self,
        team_id: Uuid,
        chunk_id: Uuid,
        places: &[u32],
        (kind, code): (OutcomeKind, &str),
        at: i64,
    ) {
        let recipients = places.iter().map(|first| RecipientRange {
            first: *first,
            count: 1,
        });
        let outcome = Outcome {
            kind: kind.into(),
            recipients: recipients.collect(),
            code: code.to_owned(),
            ..Outcome::default()
        };
        let settled = BroadcastLogEvent::WindowSettled(WindowSettled {
            chunk_id: to_bytes(chunk_id),
            broadcast_id: to_bytes(Uuid::nil()),
            outcomes: vec![outcome],
            settled_at: Some(to_timestamp(DateTime::from_timestamp(at, 0).unwrap())),
            ..WindowSettled::default()
        });
        self.append(team_id, chunk_id, settled).await;
    }

    async fn append(&self, team_id: Uuid, stream_id: Uuid, event: BroadcastLogEvent) {
        let stream = StreamId {
            category: "chunk",
            id: stream_id,
        };
        self.log
            .append(team_id, stream, Uuid::now_v7(), event.encode())
            .await;
    }
}
