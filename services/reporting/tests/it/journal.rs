//! Facts as logs: streams spread over partitions, each in order, all else in any.

use std::collections::VecDeque;

use event_sourcing::EventCodec;
use event_store::{LogPosition, LoggedEvent, partition_of};
use events::{
    AccountEvent, BroadcastLogEvent, ContactEvent, ContactsLogEvent, IngressLogEvent,
    broadcasts::{
        AudienceFrozen, BroadcastCompleted, BroadcastConfirmed, BroadcastDrafted, BroadcastPaused,
        BroadcastResumed, BroadcastStopped, ChunkStored, RecipientRange, RecipientsExcluded,
        RecipientsProgressed, TrackedLink, WindowSettled, WindowStarted,
    },
    common::{Channel, MessagePrice, Money},
    contact::{AccountConnected, ContactBlocked},
    ingested::{LinkClicked, OrderPlaced, VisitorKind, WebhookReceived},
    join_ids, to_bytes, to_timestamp,
};
use rand::{Rng as _, rngs::StdRng};
use uuid::Uuid;

use crate::facts::{Account, Broadcast, Chunk, Click, Facts, Order, Told};

const PARTITIONS: i16 = 4;

/// The three logs, partition by partition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    pub(crate) contacts: Vec<Vec<LoggedEvent>>,
    pub(crate) broadcasts: Vec<Vec<LoggedEvent>>,
    pub(crate) ingress: Vec<Vec<LoggedEvent>>,
}

/// A stream: its id, and its events with theirs.
pub(crate) type Stream<E> = (Uuid, Vec<(Uuid, E)>);

impl Journal {
    pub(crate) fn of(facts: &Facts, rng: &mut StdRng) -> Self {
        Self {
            contacts: log(facts.team, contacts_streams(facts), rng),
            broadcasts: log(facts.team, broadcast_streams(facts), rng),
            ingress: log(facts.team, ingress_streams(facts), rng),
        }
    }
}

/// Writes streams into partitions, mixed at random, each in its order.
fn log<E: EventCodec>(
    team: Uuid,
    streams: Vec<Stream<E>>,
    rng: &mut StdRng,
) -> Vec<Vec<LoggedEvent>> {
    let mut partitions: Vec<Vec<LoggedEvent>> = (0..PARTITIONS).map(|_| Vec::new()).collect();
    let waiting = |(id, events): Stream<E>| (id, 0, VecDeque::from(events));
    let mut streams: Vec<_> = streams.into_iter().map(waiting).collect();
    while !streams.is_empty() {
        let chosen = rng.random_range(0..streams.len());
        let (stream_id, version, events) = &mut streams[chosen];
        let Some((event_id, event)) = events.pop_front() else {
            streams.swap_remove(chosen);
            continue;
        };
        *version += 1;
        let partition = partition_of(*stream_id, PARTITIONS);
        let written = &mut partitions[usize::try_from(partition).unwrap()];
        let encoded = event.encode();
        written.push(LoggedEvent {
            at: LogPosition {
                partition,
                position: i64::try_from(written.len()).unwrap() + 1,
            },
            stream_id: *stream_id,
            version: *version,
            event_id,
            event_type: encoded.event_type.into_owned(),
            category: "any".to_owned(),
            team_id: team,
            recorded_at: crate::facts::half_day(0),
            payload: encoded.payload,
            metadata: Vec::new(),
        });
    }
    partitions
}

fn with_ids<E>(events: impl IntoIterator<Item = E>) -> Vec<(Uuid, E)> {
    events
        .into_iter()
        .map(|event| (Uuid::now_v7(), event))
        .collect()
}

pub(crate) fn contacts_streams(facts: &Facts) -> Vec<Stream<ContactsLogEvent>> {
    let noise = ContactBlocked {
        contact_id: to_bytes(facts.team),
        account_id: to_bytes(facts.team),
        ..ContactBlocked::default()
    };
    let accounts = facts.accounts.iter().map(account);
    accounts
        .chain([(facts.team, with_ids([ContactEvent::from(noise).into()]))])
        .collect()
}

fn account(account: &Account) -> Stream<ContactsLogEvent> {
    let connected = account.connections.iter().map(|connection| {
        let connected = AccountConnected {
            account_id: to_bytes(account.id),
            channel: Channel::Line.into(),
            country: connection.country.to_owned(),
            message_price: connection.own_price.map(|(currency, micros)| MessagePrice {
                currency: currency.to_owned(),
                micros,
            }),
            connected_at: Some(to_timestamp(connection.at)),
            ..AccountConnected::default()
        };
        ContactsLogEvent::from(AccountEvent::from(connected))
    });
    (account.id, with_ids(connected))
}

pub(crate) fn broadcast_streams(facts: &Facts) -> Vec<Stream<BroadcastLogEvent>> {
    let mut streams = Vec::new();
    for broadcast in &facts.broadcasts {
        streams.push((broadcast.id, with_ids(milestones(broadcast))));
        for (part, (reason, contacts)) in (0..).zip(&broadcast.left_out) {
            let excluded = RecipientsExcluded {
                broadcast_id: to_bytes(broadcast.id),
                part,
                reason: (*reason).into(),
                contact_ids: join_ids(contacts.iter().copied()),
            };
            streams.push((Uuid::now_v7(), with_ids([excluded.into()])));
        }
        for (index, chunk) in (0..).zip(&broadcast.chunks) {
            streams.push((chunk.id, with_ids(outcomes(broadcast, index, chunk))));
        }
    }
    streams
}

fn milestones(broadcast: &Broadcast) -> Vec<BroadcastLogEvent> {
    let id = || to_bytes(broadcast.id);
    let link = || TrackedLink {
        link_id: to_bytes(Uuid::now_v7()),
        target_url: "https://shop.example/".to_owned(),
    };
    let mut events = vec![BroadcastLogEvent::from(BroadcastDrafted {
        broadcast_id: id(),
        account_id: to_bytes(broadcast.account),
        channel: broadcast.channel.into(),
        name: format!("Sale {}", broadcast.id),
        links: (0..broadcast.links).map(|_| link()).collect(),
        drafted_at: Some(to_timestamp(broadcast.drafted_at)),
        ..BroadcastDrafted::default()
    })];
    events.extend(broadcast.confirmed_at.map(|at| {
        BroadcastLogEvent::from(BroadcastConfirmed {
            broadcast_id: id(),
            confirmed_at: Some(to_timestamp(at)),
            ..BroadcastConfirmed::default()
        })
    }));
    events.extend(broadcast.frozen_at.map(|at| {
        BroadcastLogEvent::from(AudienceFrozen {
            broadcast_id: id(),
            frozen_at: Some(to_timestamp(at)),
            ..AudienceFrozen::default()
        })
    }));
    events.extend(
        (0..broadcast.pauses_and_resumes).map(|turn| match turn % 2 {
            0 => BroadcastLogEvent::from(BroadcastPaused {
                broadcast_id: id(),
                ..BroadcastPaused::default()
            }),
            _ => BroadcastLogEvent::from(BroadcastResumed {
                broadcast_id: id(),
                resumed_at: None,
            }),
        }),
    );
    events.extend(broadcast.stopped_at.map(|at| {
        let stopped_at = Some(to_timestamp(at));
        BroadcastLogEvent::from(BroadcastStopped {
            broadcast_id: id(),
            stopped_at,
            ..BroadcastStopped::default()
        })
    }));
    events.extend(broadcast.completed_at.map(|at| {
        let completed_at = Some(to_timestamp(at));
        BroadcastLogEvent::from(BroadcastCompleted {
            broadcast_id: id(),
            completed_at,
        })
    }));
    events
}

fn outcomes(broadcast: &Broadcast, index: u32, chunk: &Chunk) -> Vec<BroadcastLogEvent> {
    let (chunk_id, broadcast_id) = (to_bytes(chunk.id), to_bytes(broadcast.id));
    let mut events = vec![BroadcastLogEvent::from(ChunkStored {
        chunk_id: chunk_id.clone(),
        broadcast_id: broadcast_id.clone(),
        account_id: to_bytes(broadcast.account),
        index,
        contact_ids: join_ids(chunk.contacts.iter().copied()),
    })];
    let told = |after_windows: usize| {
        let told = chunk.told.iter();
        let told = told.filter(move |told| told.after_windows == after_windows);
        told.map(|told| progressed(broadcast, chunk, told))
    };
    events.extend(told(0));
    for (number, window) in (1..).zip(&chunk.windows) {
        events.push(BroadcastLogEvent::from(WindowStarted {
            chunk_id: chunk_id.clone(),
            broadcast_id: broadcast_id.clone(),
            window: number,
            retry_key: to_bytes(Uuid::now_v7()),
            ..WindowStarted::default()
        }));
        events.push(BroadcastLogEvent::from(WindowSettled {
            chunk_id: chunk_id.clone(),
            broadcast_id: broadcast_id.clone(),
            window: number,
            outcomes: window.outcomes.iter().map(outcome).collect(),
            settled_at: Some(to_timestamp(window.settled_at)),
        }));
        events.extend(told(number as usize));
    }
    events
}

fn progressed(broadcast: &Broadcast, chunk: &Chunk, told: &Told) -> BroadcastLogEvent {
    BroadcastLogEvent::from(RecipientsProgressed {
        chunk_id: to_bytes(chunk.id),
        broadcast_id: to_bytes(broadcast.id),
        kind: told.kind.into(),
        recipients: told.ranges.iter().copied().map(range).collect(),
        failure_class: told.class.into(),
        code: told.code.to_owned(),
        occurred_at: None,
    })
}

fn range((first, count): (u32, u32)) -> RecipientRange {
    RecipientRange { first, count }
}

fn outcome(outcome: &crate::facts::Outcome) -> events::broadcasts::Outcome {
    events::broadcasts::Outcome {
        kind: outcome.kind.into(),
        recipients: outcome.ranges.iter().copied().map(range).collect(),
        failure_class: outcome.class.into(),
        code: outcome.code.to_owned(),
        channel_request_id: String::new(),
    }
}

pub(crate) fn ingress_streams(facts: &Facts) -> Vec<Stream<IngressLogEvent>> {
    let noise = WebhookReceived {
        account_id: to_bytes(facts.team),
        ..WebhookReceived::default()
    };
    let clicks = facts.clicks.iter().map(click);
    let orders = facts.orders.iter().map(order);
    let noise = (facts.team, with_ids([noise.into()]));
    clicks.chain(orders).chain([noise]).collect()
}

fn click(click: &Click) -> Stream<IngressLogEvent> {
    let kind = if click.by_person {
        VisitorKind::Person
    } else {
        VisitorKind::Bot
    };
    let event = LinkClicked {
        link_id: to_bytes(Uuid::now_v7()),
        broadcast_id: to_bytes(click.broadcast),
        visitor_id: to_bytes(click.visitor),
        contact_id: click.contact.map(to_bytes).unwrap_or_default(),
        visitor_kind: kind.into(),
        clicked_at: Some(to_timestamp(click.at)),
    };
    (Uuid::now_v7(), vec![(click.id, event.into())])
}

fn order(order: &Order) -> Stream<IngressLogEvent> {
    let event = OrderPlaced {
        order_id: order.id.clone(),
        placed_at: Some(to_timestamp(order.at)),
        total: Some(Money {
            currency: order.currency.to_owned(),
            minor_units: order.minor_units,
        }),
        visitor_id: order.visitor.map(to_bytes).unwrap_or_default(),
        member_key: Vec::new(),
    };
    (Uuid::now_v7(), with_ids([event.into()]))
}
