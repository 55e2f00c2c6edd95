use std::{collections::HashMap, future::ready};

use event_bus::{Handler, HandlerError};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LoggedEvent, NewEvent};
use events::{ContactEvent, IngressLogEvent, id, ids, ingested::AddressSuppressed};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

use super::mail_facts::{left, suppressed};
use crate::{
    metadata,
    registry::{Person, find},
};

/// Appends that wait at the same time are committed together.
const APPENDING_MAX: usize = 256;

/// Makes contacts' facts of who unsubscribed from mail, and of mailboxes that are none.
///
/// Nobody becomes a contact by it: whoever a report is about was sent to, or is nobody's here.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
}

/// Whom a fact is about, and what it says of them.
pub(super) struct Told<'a> {
    pub(super) logged: &'a LoggedEvent,
    pub(super) contact_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) event: ContactEvent,
}

impl Handler for Mail {
    async fn apply(
        &self,
        _tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let (mut told, mut reports) = (Vec::new(), Vec::new());
        for logged in logged {
            match IngressLogEvent::decode(&logged.event_type, &logged.payload)? {
                IngressLogEvent::UnsubscribeRequested(request) => told.push(Told {
                    logged,
                    contact_id: id(&request.contact_id),
                    account_id: id(&request.account_id),
                    event: left(&request),
                }),
                IngressLogEvent::AddressSuppressed(report) => reports.push((logged, report)),
                IngressLogEvent::WebhookReceived(_)
                | IngressLogEvent::LinkClicked(_)
                | IngressLogEvent::OrderPlaced(_)
                | IngressLogEvent::MessageProgressed(_) => {}
            }
        }
        told.extend(self.suppressed(reports).await?);
        append_all(&self.store, told).await
    }
}

/// Each once, however often it is read.
pub(super) async fn append_all(
    store: &EventStore,
    told: Vec<Told<'_>>,
) -> Result<(), HandlerError> {
    let appends: Vec<Append> = told.iter().map(append).collect();
    stream::iter(appends)
        .map(|append| store.append(append))
        .buffer_unordered(APPENDING_MAX)
        .try_for_each(|_| ready(Ok(())))
        .await
        .map_err(HandlerError::transient)
}

impl Mail {
    /// Those of whom a report says who they are, by the mail that it brings back or by their address.
    async fn suppressed<'a>(
        &self,
        reports: Vec<(&'a LoggedEvent, AddressSuppressed)>,
    ) -> Result<Vec<Told<'a>>, HandlerError> {
        let people: Vec<Person> = reports
            .iter()
            .filter_map(|(logged, report)| person(logged, report))
            .collect();
        let known = if people.is_empty() {
            HashMap::new()
        } else {
            find(&self.pool, &people).await?
        };
        let told = reports.into_iter().filter_map(|(logged, report)| {
            let by_address = || Some(known.get(&person(logged, &report)?)?.contact_id);
            let contact_id = ids(&report.contact_id).next().or_else(by_address)?;
            Some(Told {
                logged,
                contact_id,
                account_id: id(&report.account_id),
                event: suppressed(contact_id, &report)?,
            })
        });
        Ok(told.collect())
    }
}

/// As contacts are looked up. `None`: the report does not tell the address.
fn person(logged: &LoggedEvent, report: &AddressSuppressed) -> Option<Person> {
    Some(Person {
        team_id: logged.team_id,
        account_id: id(&report.account_id),
        identity: report.identity.as_slice().try_into().ok()?,
    })
}

/// The request id is made of the fact's own id and of whom it is about: read again, it is not appended again.
fn append(told: &Told<'_>) -> Append {
    let name = [told.logged.event_id, told.contact_id].map(Uuid::into_bytes);
    Append {
        stream: StreamId {
            category: "contact",
            id: told.contact_id,
        },
        team_id: told.logged.team_id,
        expected: Expected::Any,
        request_id: Some(Uuid::new_v5(&told.account_id, &name.concat())),
        answer: Vec::new(),
        metadata: metadata::of_answer("service:contacts", told.logged.event_id),
        events: vec![NewEvent::with_id(Uuid::now_v7(), told.event.encode())],
    }
}
