//! What reports have to say, counted in plain loops over facts.

mod money;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use events::{
    broadcasts::{ExclusionReason, FailureClass, OutcomeKind},
    common::{Channel, Money, ProgressKind},
    to_timestamp,
};
use proto::reporting::v1::{
    AttributedOrder, BroadcastReport, Failure, LeftOut, Missing, Recipient, RecipientStatus,
};
use uuid::Uuid;

use self::money::{cost, revenue, roas};
use crate::facts::{Broadcast, Click, Facts, Order, Told};

const SENT: [&str; 4] = ["SENT", "HELD", "DELIVERED", "READ"];

/// A person frozen in: their id, outcome, reason, and when it was settled.
type Person = (Uuid, &'static str, String, Option<DateTime<Utc>>);

pub(crate) fn report(facts: &Facts, broadcast: &Broadcast) -> BroadcastReport {
    let people = people(broadcast);
    let with =
        |statuses: &[&str]| count(people.iter().filter(|person| statuses.contains(&person.1)));
    let mut report = BroadcastReport {
        broadcast_id: broadcast.id.to_string(),
        name: format!("Sale {}", broadcast.id),
        account_id: broadcast.account.to_string(),
        channel: broadcast.channel.into(),
        state: state(broadcast).to_owned(),
        confirmed_at: broadcast.confirmed_at.map(to_timestamp),
        completed_at: broadcast.completed_at.map(to_timestamp),
        definitions_version: "2026-11.2".to_owned(),
        audience: count(&people),
        left_out: count(left_out(broadcast)),
        left_out_by_reason: left_out_by_reason(broadcast),
        sent: with(&SENT),
        failed: with(&["FAILED"]),
        failed_by_reason: failed_by_reason(broadcast),
        unknown: with(&["UNKNOWN"]),
        not_sent: with(&["NOT_SENT"]),
        pending: with(&["PENDING"]),
        held: with(&["HELD"]),
        attribution_window_seconds: 7 * 24 * 60 * 60,
        ..BroadcastReport::default()
    };
    match broadcast.channel {
        Channel::Messenger | Channel::Whatsapp => {
            report.delivery_open = Some(with(&["SENT", "HELD"]));
            if told_anything(broadcast) {
                report.delivered = Some(with(&["DELIVERED", "READ"]));
                report.read = Some(with(&["READ"]));
            }
        }
        Channel::Email => {
            report.delivered = Some(report.sent);
            report.delivery_open = Some(0);
        }
        Channel::Line | Channel::Unspecified => {}
    }
    add_figures(facts, broadcast, &mut report);
    report
}

fn add_figures(facts: &Facts, broadcast: &Broadcast, report: &mut BroadcastReport) {
    let mut missing = BTreeMap::new();
    for (field, number) in [
        ("delivered", report.delivered),
        ("delivery_open", report.delivery_open),
        ("read", report.read),
    ] {
        let tells = [Channel::Messenger, Channel::Whatsapp].contains(&broadcast.channel);
        if number.is_none() {
            let why = if tells {
                "NOTHING_TOLD_YET"
            } else {
                "CHANNEL_DOES_NOT_TELL"
            };
            missing.insert(field, why);
        }
    }
    let clicked = count(clicked(facts, broadcast));
    if broadcast.links == 0 {
        missing.extend([("clicked", "NO_TRACKED_LINK"), ("ctr", "NO_TRACKED_LINK")]);
    } else {
        report.clicked = Some(clicked);
        let reached = report.delivered.unwrap_or(report.sent);
        if report.sent == 0 {
            missing.insert("ctr", "NOBODY_SENT");
        } else if reached == 0 {
            missing.insert("ctr", "NO_DELIVERY_TOLD");
        } else {
            report.ctr = Some(float(clicked) / float(reached));
        }
    }
    if facts.orders.is_empty() {
        let why = "SITE_TRACKING_NOT_CONNECTED";
        missing.extend([("orders", why), ("revenue", why)]);
    } else {
        let orders = orders(facts, broadcast);
        report.orders = Some(count(&orders));
        report.revenue = revenue(&orders);
    }
    let billed = match (broadcast.channel, report.delivered) {
        (Channel::Whatsapp, Some(delivered)) => delivered,
        _ => report.sent,
    };
    let cost = cost(facts, broadcast, billed);
    match roas(facts, &report.revenue, &cost) {
        Ok(roas) => report.roas = Some(roas),
        Err(why) => drop(missing.insert("roas", why)),
    }
    match cost {
        Ok(cost) => report.cost = Some(cost),
        Err(why) => drop(missing.insert("cost", why)),
    }
    for (field, reason) in missing {
        let (field, reason) = (field.to_owned(), reason.to_owned());
        report.missing.push(Missing {
            field,
            reason,
            message: String::new(),
        });
    }
}

fn count(items: impl IntoIterator) -> i64 {
    i64::try_from(items.into_iter().count()).unwrap()
}

fn float(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// What the service says, in the form that [`report`] has: reasons by field, without the prose.
pub(crate) fn comparable(mut report: BroadcastReport) -> BroadcastReport {
    for missing in &mut report.missing {
        assert!(!missing.message.is_empty(), "{missing:?}");
        missing.message.clear();
    }
    report
        .missing
        .sort_by(|one, other| one.field.cmp(&other.field));
    report
}

fn state(broadcast: &Broadcast) -> &'static str {
    let paused = broadcast.pauses_and_resumes % 2 == 1;
    match broadcast {
        Broadcast {
            stopped_at: Some(_),
            ..
        } => "STOPPED",
        Broadcast {
            completed_at: Some(_),
            ..
        } => "DONE",
        Broadcast {
            frozen_at: Some(_), ..
        } if paused => "PAUSED",
        Broadcast {
            frozen_at: Some(_), ..
        } => "SENDING",
        Broadcast {
            confirmed_at: Some(_),
            ..
        } => "PREPARING",
        _ => "DRAFT",
    }
}

fn people(broadcast: &Broadcast) -> Vec<Person> {
    let mut all = Vec::new();
    for chunk in &broadcast.chunks {
        let pending = |id: &Uuid| (*id, "PENDING", String::new(), None);
        let mut people: Vec<Person> = chunk.contacts.iter().map(pending).collect();
        for window in &chunk.windows {
            for outcome in &window.outcomes {
                for (first, count) in &outcome.ranges {
                    for place in *first..first + count {
                        let person = &mut people[place as usize];
                        person.1 = match outcome.code {
                            "held" => "HELD",
                            _ => status(outcome.kind),
                        };
                        person.2 = reason(outcome);
                        person.3 = Some(window.settled_at);
                    }
                }
            }
        }
        for (place, person) in (0..).zip(&mut people) {
            listen(person, place, &chunk.told);
        }
        all.extend(people);
    }
    all
}

fn told_anything(broadcast: &Broadcast) -> bool {
    let told = broadcast.chunks.iter().flat_map(|chunk| &chunk.told);
    told.flat_map(|told| &told.ranges)
        .any(|(_, count)| *count > 0)
}

/// What was told of one person, all of it, overrules what was settled.
fn listen(person: &mut Person, place: u32, told: &[Told]) {
    let is_of = |told: &&Told| {
        let mut ranges = told.ranges.iter();
        ranges.any(|(first, count)| (*first..first + count).contains(&place))
    };
    // In the order of the log.
    let mut of_person: Vec<&Told> = told.iter().filter(is_of).collect();
    of_person.sort_by_key(|told| told.after_windows);
    let first = |kind| of_person.iter().find(|told| told.kind == kind);
    let (status, reason) = if first(ProgressKind::Read).is_some() {
        ("READ", String::new())
    } else if first(ProgressKind::Delivered).is_some() {
        ("DELIVERED", String::new())
    } else if let Some(failed) = first(ProgressKind::Failed) {
        ("FAILED", reason_of(failed.class, failed.code))
    } else if first(ProgressKind::Accepted).is_some() && person.1 != "FAILED" {
        ("SENT", String::new())
    } else {
        return;
    };
    (person.1, person.2) = (status, reason);
}

fn status(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Accepted => "SENT",
        OutcomeKind::Failed => "FAILED",
        OutcomeKind::NotSent => "NOT_SENT",
        OutcomeKind::Unknown | OutcomeKind::Unspecified => "UNKNOWN",
    }
}

fn reason(outcome: &crate::facts::Outcome) -> String {
    reason_of(outcome.class, outcome.code)
}

fn reason_of(class: FailureClass, code: &str) -> String {
    let class = class.as_str_name().trim_start_matches("FAILURE_CLASS_");
    match (class, code) {
        ("UNSPECIFIED", code) => code.to_owned(),
        (class, "") => class.to_owned(),
        (class, code) => format!("{class}: {code}"),
    }
}

fn failed_by_reason(broadcast: &Broadcast) -> Vec<Failure> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (_, status, reason, _) in people(broadcast) {
        if status == "FAILED" {
            *counts.entry(reason).or_default() += 1;
        }
    }
    let mut failures: Vec<Failure> = counts
        .into_iter()
        .map(|(reason, recipients)| {
            let (class, code) = reason.split_once(": ").unwrap_or((&reason, ""));
            let (failure_class, code) = (class.to_owned(), code.to_owned());
            Failure {
                failure_class,
                code,
                recipients,
            }
        })
        .collect();
    // RECIPIENT is the first class, and CONTENT the other one here.
    failures.sort_by_key(|failure| {
        (
            -failure.recipients,
            failure.failure_class != "RECIPIENT",
            failure.code.clone(),
        )
    });
    failures
}

fn left_out(broadcast: &Broadcast) -> Vec<(Uuid, &'static str)> {
    let mut all = Vec::new();
    for (reason, contacts) in &broadcast.left_out {
        for contact in contacts {
            all.push((*contact, exclusion(*reason)));
        }
    }
    all
}

fn exclusion(reason: ExclusionReason) -> &'static str {
    reason.as_str_name().trim_start_matches("EXCLUSION_REASON_")
}

fn left_out_by_reason(broadcast: &Broadcast) -> Vec<LeftOut> {
    let mut counts: BTreeMap<i32, (&'static str, i64)> = BTreeMap::new();
    for (reason, contacts) in &broadcast.left_out {
        let counted = counts
            .entry((*reason).into())
            .or_insert((exclusion(*reason), 0));
        counted.1 += count(contacts);
    }
    let each = counts.into_values().map(|(reason, contacts)| LeftOut {
        reason: reason.to_owned(),
        contacts,
    });
    each.collect()
}

/// Each browser's first click.
fn clicked(facts: &Facts, broadcast: &Broadcast) -> BTreeMap<Uuid, DateTime<Utc>> {
    let mut first = BTreeMap::new();
    for click in &facts.clicks {
        if click.by_person && click.broadcast == broadcast.id {
            let at = first.entry(click.visitor).or_insert(click.at);
            *at = click.at.min(*at);
        }
    }
    first
}

/// The click that an order goes to.
fn last_click<'a>(facts: &'a Facts, order: &Order) -> Option<&'a Click> {
    let mut last: Option<&Click> = None;
    for click in &facts.clicks {
        let counts = click.by_person
            && Some(click.visitor) == order.visitor
            && click.at <= order.at
            && order.at - click.at <= TimeDelta::days(7);
        if counts && last.is_none_or(|last| (click.at, click.id) > (last.at, last.id)) {
            last = Some(click);
        }
    }
    last
}

fn orders<'a>(facts: &'a Facts, broadcast: &Broadcast) -> Vec<(&'a Order, &'a Click)> {
    let mut orders = Vec::new();
    for order in &facts.orders {
        if let Some(click) = last_click(facts, order)
            && click.broadcast == broadcast.id
        {
            orders.push((order, click));
        }
    }
    orders.sort_by_key(|(order, _)| (order.at, order.id.clone()));
    orders.reverse();
    orders
}

pub(crate) fn recipients(
    facts: &Facts,
    broadcast: &Broadcast,
    list: RecipientStatus,
) -> Option<Vec<Recipient>> {
    let wanted = list.as_str_name().trim_start_matches("RECIPIENT_STATUS_");
    let by_email = broadcast.channel == Channel::Email;
    let by_line = broadcast.channel == Channel::Line;
    let statuses: &[&str] = match list {
        RecipientStatus::Delivered | RecipientStatus::DeliveryOpen if by_line => return None,
        RecipientStatus::Read if by_line || by_email => return None,
        RecipientStatus::Delivered if by_email => &SENT,
        RecipientStatus::DeliveryOpen if by_email => &[],
        RecipientStatus::Delivered => &["DELIVERED", "READ"],
        RecipientStatus::DeliveryOpen => &["SENT", "HELD"],
        RecipientStatus::Sent => &SENT,
        RecipientStatus::Unspecified
        | RecipientStatus::Audience
        | RecipientStatus::LeftOut
        | RecipientStatus::Failed
        | RecipientStatus::Unknown
        | RecipientStatus::NotSent
        | RecipientStatus::Pending
        | RecipientStatus::Clicked
        | RecipientStatus::Read
        | RecipientStatus::Held => &[wanted],
    };
    Some(match list {
        RecipientStatus::LeftOut => {
            let each = left_out(broadcast)
                .into_iter()
                .map(|(contact, reason)| Recipient {
                    contact_id: contact.to_string(),
                    status: wanted.to_owned(),
                    reason: reason.to_owned(),
                    at: broadcast.frozen_at.map(to_timestamp),
                    visitor_id: String::new(),
                });
            each.collect()
        }
        RecipientStatus::Clicked => {
            let each = clicked(facts, broadcast)
                .into_iter()
                .map(|(visitor, at)| Recipient {
                    status: wanted.to_owned(),
                    at: Some(to_timestamp(at)),
                    visitor_id: visitor.to_string(),
                    ..Recipient::default()
                });
            each.collect()
        }
        RecipientStatus::Audience
        | RecipientStatus::Sent
        | RecipientStatus::Failed
        | RecipientStatus::Unknown
        | RecipientStatus::NotSent
        | RecipientStatus::Pending
        | RecipientStatus::Delivered
        | RecipientStatus::Read
        | RecipientStatus::DeliveryOpen
        | RecipientStatus::Held
        | RecipientStatus::Unspecified => {
            let everyone = people(broadcast).into_iter();
            let listed =
                everyone.filter(|person| wanted == "AUDIENCE" || statuses.contains(&person.1));
            let each = listed.map(|(contact, status, reason, at)| Recipient {
                contact_id: contact.to_string(),
                status: status.to_owned(),
                reason,
                at: at.map(to_timestamp),
                visitor_id: String::new(),
            });
            each.collect()
        }
    })
}

pub(crate) fn attributed_orders(facts: &Facts, broadcast: &Broadcast) -> Vec<AttributedOrder> {
    let each = orders(facts, broadcast)
        .into_iter()
        .map(|(order, click)| AttributedOrder {
            order_id: order.id.clone(),
            placed_at: Some(to_timestamp(order.at)),
            total: Some(Money {
                currency: order.currency.to_owned(),
                minor_units: order.minor_units,
            }),
            clicked_at: Some(to_timestamp(click.at)),
            ground: "VISITOR".to_owned(),
        });
    each.collect()
}

/// The newest first.
pub(crate) fn order_of_reports(facts: &Facts) -> Vec<String> {
    let broadcasts: BTreeSet<(DateTime<Utc>, Uuid)> = facts
        .broadcasts
        .iter()
        .map(|broadcast| (broadcast.drafted_at, broadcast.id))
        .collect();
    broadcasts
        .into_iter()
        .rev()
        .map(|(_, id)| id.to_string())
        .collect()
}
