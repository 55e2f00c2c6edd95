//! What happened, as plain data: what events are made of, and what the reference counts.

use chrono::{DateTime, TimeDelta, Utc};
use events::{
    broadcasts::{ExclusionReason, FailureClass, OutcomeKind},
    common::{Channel, ProgressKind},
};
use uuid::Uuid;

#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) team: Uuid,
    pub(crate) accounts: Vec<Account>,
    pub(crate) broadcasts: Vec<Broadcast>,
    pub(crate) clicks: Vec<Click>,
    pub(crate) orders: Vec<Order>,
}

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: Uuid,
    /// By time.
    pub(crate) connections: Vec<Connection>,
}

#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) at: DateTime<Utc>,
    pub(crate) country: &'static str,
    /// Currency and micros.
    pub(crate) own_price: Option<(&'static str, i64)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Broadcast {
    pub(crate) id: Uuid,
    pub(crate) account: Uuid,
    pub(crate) channel: Channel,
    pub(crate) links: usize,
    pub(crate) drafted_at: DateTime<Utc>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    pub(crate) frozen_at: Option<DateTime<Utc>>,
    /// How often it was paused and resumed in turn.
    pub(crate) pauses_and_resumes: usize,
    pub(crate) stopped_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) left_out: Vec<(ExclusionReason, Vec<Uuid>)>,
    pub(crate) chunks: Vec<Chunk>,
}

#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) id: Uuid,
    pub(crate) contacts: Vec<Uuid>,
    pub(crate) windows: Vec<Window>,
    /// In the order in which it is told.
    pub(crate) told: Vec<Told>,
}

/// What the channel tells later, or earlier than the window is settled.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// How many windows were settled by then.
    pub(crate) after_windows: usize,
    pub(crate) kind: ProgressKind,
    pub(crate) class: FailureClass,
    pub(crate) code: &'static str,
    /// First place and count.
    pub(crate) ranges: Vec<(u32, u32)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) settled_at: DateTime<Utc>,
    pub(crate) outcomes: Vec<Outcome>,
}

#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) kind: OutcomeKind,
    pub(crate) class: FailureClass,
    pub(crate) code: &'static str,
    /// First place and count.
    pub(crate) ranges: Vec<(u32, u32)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Click {
    /// The event that tells of it.
    pub(crate) id: Uuid,
    pub(crate) broadcast: Uuid,
    pub(crate) visitor: Uuid,
    /// Whose link it is; `None`: everybody's.
    pub(crate) contact: Option<Uuid>,
    pub(crate) by_person: bool,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) currency: &'static str,
    pub(crate) minor_units: i64,
    pub(crate) visitor: Option<Uuid>,
}

/// Half days from the start of a month, so that windows end exactly on something.
pub(crate) fn half_day(number: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
    start + TimeDelta::hours(12 * number)
}

impl Facts {
    /// A team with one account in Taiwan, and nothing else.
    pub(crate) fn of_a_team() -> Self {
        let connection = Connection {
            at: half_day(-10),
            country: "TW",
            own_price: None,
        };
        let account = Account {
            id: Uuid::now_v7(),
            connections: vec![connection],
        };
        Self {
            team: Uuid::now_v7(),
            accounts: vec![account],
            broadcasts: Vec::new(),
            clicks: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// Adds a broadcast with a link that was sent to `people`, all of them accepted.
    pub(crate) fn sent_to(&mut self, people: usize) -> Uuid {
        let settle = |count: usize| Outcome {
            kind: OutcomeKind::Accepted,
            class: FailureClass::Unspecified,
            code: "",
            ranges: vec![(0, u32::try_from(count).unwrap())],
        };
        let contacts: Vec<Uuid> = (0..people).map(|_| Uuid::now_v7()).collect();
        let chunks = contacts.chunks(500).map(|contacts| Chunk {
            id: Uuid::now_v7(),
            contacts: contacts.to_vec(),
            windows: vec![Window {
                settled_at: half_day(2),
                outcomes: vec![settle(contacts.len())],
            }],
            told: Vec::new(),
        });
        let broadcast = Broadcast {
            id: Uuid::now_v7(),
            account: self.accounts[0].id,
            channel: Channel::Line,
            links: 1,
            drafted_at: half_day(0),
            confirmed_at: Some(half_day(1)),
            frozen_at: Some(half_day(1)),
            pauses_and_resumes: 0,
            stopped_at: None,
            completed_at: Some(half_day(3)),
            left_out: Vec::new(),
            chunks: chunks.collect(),
        };
        self.broadcasts.push(broadcast);
        self.broadcasts.last().unwrap().id
    }

    pub(crate) fn clicked(&mut self, broadcast: Uuid, visitor: Uuid, at: DateTime<Utc>) {
        self.clicks.push(Click {
            id: Uuid::now_v7(),
            broadcast,
            visitor,
            contact: None,
            by_person: true,
            at,
        });
    }

    pub(crate) fn ordered(&mut self, visitor: Uuid, at: DateTime<Utc>, minor_units: i64) {
        self.orders.push(Order {
            id: format!("order {}", self.orders.len()),
            at,
            currency: "TWD",
            minor_units,
            visitor: Some(visitor),
        });
    }
}
