//! Random histories of a team: people, outcomes, clicks and orders of every kind.

use chrono::TimeDelta;
use events::{
    broadcasts::{ExclusionReason, FailureClass, OutcomeKind},
    common::{Channel, ProgressKind},
};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use uuid::Uuid;

use crate::facts::{
    Account, Broadcast, Chunk, Click, Connection, Facts, Order, Outcome, Told, Window, half_day,
};

const CHANNELS: [Channel; 5] = [
    Channel::Line,
    Channel::Line,
    Channel::Messenger,
    Channel::Whatsapp,
    Channel::Email,
];
const OUTCOMES: [(OutcomeKind, FailureClass, &str); 8] = [
    (OutcomeKind::Accepted, FailureClass::Unspecified, ""),
    (OutcomeKind::Accepted, FailureClass::Unspecified, "held"),
    (OutcomeKind::Accepted, FailureClass::Unspecified, ""),
    (OutcomeKind::Failed, FailureClass::Recipient, "400 to"),
    (OutcomeKind::Failed, FailureClass::Recipient, "404"),
    (OutcomeKind::Failed, FailureClass::Content, ""),
    (OutcomeKind::Unknown, FailureClass::Ambiguous, "timeout"),
    (OutcomeKind::NotSent, FailureClass::Unspecified, ""),
];
const TOLD: [(ProgressKind, FailureClass, &str); 5] = [
    (ProgressKind::Accepted, FailureClass::Unspecified, ""),
    (ProgressKind::Delivered, FailureClass::Unspecified, ""),
    (ProgressKind::Read, FailureClass::Unspecified, ""),
    (
        ProgressKind::Failed,
        FailureClass::Recipient,
        "131049 marketing_cap",
    ),
    (
        ProgressKind::Failed,
        FailureClass::Content,
        "132015 template_paused",
    ),
];
const REASONS: [ExclusionReason; 4] = [
    ExclusionReason::Unsubscribed,
    ExclusionReason::Blocked,
    ExclusionReason::InvalidAddress,
    ExclusionReason::DuplicateAddress,
];

fn id(rng: &mut StdRng) -> Uuid {
    Uuid::from_u128(rng.random())
}

fn ids(rng: &mut StdRng, max: usize) -> Vec<Uuid> {
    let count = rng.random_range(1..=max);
    (0..count).map(|_| id(rng)).collect()
}

pub(crate) fn random(rng: &mut StdRng) -> Facts {
    let accounts: Vec<Account> = (0..2).map(|_| account(rng)).collect();
    let broadcasts: Vec<Broadcast> = (0..rng.random_range(1..5))
        .map(|_| {
            let account = accounts.choose(rng).unwrap().id;
            broadcast(rng, account)
        })
        .collect();
    let visitors = ids(rng, 8);
    let clicks = (0..rng.random_range(0..60))
        .map(|_| click(rng, &broadcasts, &visitors))
        .collect();
    let orders = match rng.random_range(0..4) {
        0 => Vec::new(),
        _ => (0..rng.random_range(1..30))
            .map(|number| order(rng, number, &visitors))
            .collect(),
    };
    Facts {
        team: id(rng),
        accounts,
        broadcasts,
        clicks,
        orders,
    }
}

fn account(rng: &mut StdRng) -> Account {
    let mut connections: Vec<Connection> = (0..rng.random_range(1..3))
        .map(|_| Connection {
            at: half_day(rng.random_range(-4..4)),
            country: ["TW", "JP", "TH", "FR"].choose(rng).unwrap(),
            own_price: [
                None,
                None,
                Some(("TWD", 14_999)),
                Some(("USD", 0)),
                Some(("KWD", 1_500)),
            ]
            .choose(rng)
            .unwrap()
            .to_owned(),
        })
        .collect();
    connections.sort_by_key(|connection| connection.at);
    let id = id(rng);
    Account { id, connections }
}

fn broadcast(rng: &mut StdRng, account: Uuid) -> Broadcast {
    let stage = rng.random_range(0..6);
    let after = |least: i32, day: i64| (stage >= least).then(|| half_day(day));
    let frozen = stage >= 2;
    let left_out = (0..if frozen { rng.random_range(0..4) } else { 0 })
        .map(|_| (*REASONS.choose(rng).unwrap(), ids(rng, 12)))
        .collect();
    let chunks = (0..if frozen { rng.random_range(0..5) } else { 0 })
        .map(|_| chunk(rng))
        .collect();
    Broadcast {
        id: id(rng),
        account,
        channel: *CHANNELS.choose(rng).unwrap(),
        links: rng.random_range(0..3),
        drafted_at: half_day(rng.random_range(-3..1)),
        confirmed_at: after(1, rng.random_range(-2..3)),
        frozen_at: after(2, 3),
        pauses_and_resumes: if frozen { rng.random_range(0..4) } else { 0 },
        stopped_at: (stage == 4).then(|| half_day(5)),
        completed_at: after(4, 6),
        left_out,
        chunks,
    }
}

fn chunk(rng: &mut StdRng) -> Chunk {
    let contacts = ids(rng, 20);
    let places = u32::try_from(contacts.len()).unwrap();
    let windows = (0..rng.random_range(0..5)).map(|number| Window {
        settled_at: half_day(4) + TimeDelta::seconds(number),
        outcomes: (0..rng.random_range(1..4))
            .map(|_| outcome(rng, places))
            .collect(),
    });
    let windows: Vec<Window> = windows.collect();
    let told = (0..rng.random_range(0..8)).map(|_| told(rng, windows.len(), places));
    Chunk {
        id: Uuid::now_v7(),
        told: told.collect(),
        windows,
        contacts,
    }
}

/// Any of it may be a repeat, come late, or contradict what was told before.
fn told(rng: &mut StdRng, windows: usize, places: u32) -> Told {
    let (kind, class, code) = *TOLD.choose(rng).unwrap();
    Told {
        after_windows: rng.random_range(0..=windows),
        kind,
        class,
        code,
        ranges: ranges(rng, places),
    }
}

fn ranges(rng: &mut StdRng, places: u32) -> Vec<(u32, u32)> {
    let ranges = (0..rng.random_range(1..4)).map(|_| {
        let first = rng.random_range(0..places);
        (first, rng.random_range(0..=places - first))
    });
    ranges.collect()
}

fn outcome(rng: &mut StdRng, places: u32) -> Outcome {
    let (kind, class, code) = *OUTCOMES.choose(rng).unwrap();
    Outcome {
        kind,
        class,
        code,
        ranges: ranges(rng, places),
    }
}

fn click(rng: &mut StdRng, broadcasts: &[Broadcast], visitors: &[Uuid]) -> Click {
    Click {
        id: id(rng),
        broadcast: broadcasts.choose(rng).unwrap().id,
        visitor: *visitors.choose(rng).unwrap(),
        contact: None,
        by_person: rng.random_bool(0.8),
        at: half_day(rng.random_range(0..40)),
    }
}

fn order(rng: &mut StdRng, number: usize, visitors: &[Uuid]) -> Order {
    Order {
        id: format!("order {number}"),
        at: half_day(rng.random_range(0..60)) + TimeDelta::microseconds(rng.random_range(0..2)),
        currency: ["TWD", "TWD", "TWD", "JPY"].choose(rng).unwrap(),
        minor_units: rng.random_range(-500..100_000),
        visitor: rng.random_bool(0.9).then(|| *visitors.choose(rng).unwrap()),
    }
}
