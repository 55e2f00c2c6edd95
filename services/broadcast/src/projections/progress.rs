use broadcast_domain::Correlation;
use chrono::{DateTime, Utc};
use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{IngressLogEvent, common::Channel, from_timestamp, ingested::MessageProgressed};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::told_people::{Person, Sent, sent_to, told_until};

/// Keeps what channels told of messages, until a process has put it into the chunks' log.
///
/// Some facts name the place in a chunk, some only the channel's message, some both, and some only the person and
/// until when. Whichever comes first waits for the others.
#[derive(Debug)]
pub(crate) struct ToldProgress;

/// What was told of one message.
struct Told<'a> {
    team_id: Uuid,
    place: Option<(Uuid, i32)>,
    message_key: Option<&'a [u8]>,
    person: Option<Person<'a>>,
    fact: &'a MessageProgressed,
    occurred_at: Option<DateTime<Utc>>,
}

impl Handler for ToldProgress {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut facts = Vec::new();
        for logged in events {
            match IngressLogEvent::decode(&logged.event_type, &logged.payload)? {
                IngressLogEvent::MessageProgressed(fact) => facts.push((logged.team_id, fact)),
                IngressLogEvent::WebhookReceived(_)
                | IngressLogEvent::LinkClicked(_)
                | IngressLogEvent::OrderPlaced(_)
                | IngressLogEvent::UnsubscribeRequested(_)
                | IngressLogEvent::AddressSuppressed(_) => {}
            }
        }
        let told = facts
            .iter()
            .filter_map(|(team_id, fact)| told(*team_id, fact));
        let mut told: Vec<Told<'_>> = told.collect();
        // Partitions are applied at the same time: in one order, none waits for another in a circle. The order in
        // which they were told says nothing.
        told.sort_by_key(|told| (told.team_id, told.message_key));
        for told in &told {
            keep(tx, told).await?;
        }
        // The same again, and after all messages, for the people that they are of.
        told.sort_by_key(|told| told.person);
        for told in &told {
            of_person(tx, told).await?;
        }
        Ok(())
    }
}

/// `None`: of a message that others have sent by the same account.
fn told(team_id: Uuid, fact: &MessageProgressed) -> Option<Told<'_>> {
    let place = Correlation::parse(&fact.correlation)
        .and_then(|told| Some((told.chunk_id, i32::try_from(told.place).ok()?)));
    // Whoever sends something along that is not ours is not us.
    let others = place.is_none() && !fact.correlation.is_empty();
    let key = fact.channel_message_key.as_slice();
    let channel = fact.channel();
    let needed = place.is_none() || sends_back_only_at_first(channel);
    let message_key = (needed && !key.is_empty()).then_some(key);
    let person_key = fact.person_key.as_slice();
    let person = (!person_key.is_empty()).then_some(Person {
        team_id,
        key: person_key,
    });
    let of_something = place.is_some() || message_key.is_some() || person.is_some();
    (!others && of_something).then(|| Told {
        team_id,
        place,
        message_key,
        person,
        fact,
        occurred_at: from_timestamp(fact.occurred_at.as_ref()),
    })
}

async fn keep(tx: &mut PgTransaction<'_>, told: &Told<'_>) -> sqlx::Result<()> {
    let Some(key) = told.message_key else {
        return match told.place {
            Some(place) => insert(tx, told, Some(place)).await,
            // Of a person.
            None => Ok(()),
        };
    };
    let place = place_of(tx, told, key).await?;
    insert(tx, told, place).await?;
    if let Some(place) = told.place {
        give(tx, told.team_id, key, place).await?;
    }
    Ok(())
}

async fn of_person(tx: &mut PgTransaction<'_>, told: &Told<'_>) -> sqlx::Result<()> {
    let Some((person, at)) = told.person.zip(told.occurred_at) else {
        return Ok(());
    };
    let channel = told.fact.channel();
    match (told.place, told.message_key) {
        (Some(place), _) => sent_to(tx, person, channel, Sent { place, at }).await,
        // Whose it is was not told with it.
        (None, Some(_)) => Ok(()),
        (None, None) => told_until(tx, person, channel, told.fact.kind(), at).await,
    }
}

/// WhatsApp sends it back with everything that it tells.
fn sends_back_only_at_first(channel: Channel) -> bool {
    match channel {
        Channel::Messenger | Channel::Email => true,
        Channel::Whatsapp | Channel::Line | Channel::Unspecified => false,
    }
}

async fn insert(
    tx: &mut PgTransaction<'_>,
    told: &Told<'_>,
    place: Option<(Uuid, i32)>,
) -> sqlx::Result<()> {
    let (chunk_id, place) = place.unzip();
    sqlx::query!(
        "INSERT INTO told_progress
             (team_id, chunk_id, place, message_key, channel, kind, code, occurred_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        told.team_id,
        chunk_id,
        place,
        told.message_key,
        told.fact.channel,
        told.fact.kind,
        told.fact.code.replace('\0', ""),
        told.occurred_at.unwrap_or_default(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whose the message is, by what was told of it so far. Waits for whoever tells of it at this moment.
async fn place_of(
    tx: &mut PgTransaction<'_>,
    told: &Told<'_>,
    message_key: &[u8],
) -> sqlx::Result<Option<(Uuid, i32)>> {
    let (chunk_id, place) = told.place.unzip();
    // Who is sent to, and when, is told along with the place.
    let person = told.person.filter(|_| told.place.is_some());
    let known = sqlx::query!(
        "INSERT INTO message_places (team_id, message_key, chunk_id, place, person_key, sent_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (team_id, message_key) DO UPDATE
         SET chunk_id = COALESCE(message_places.chunk_id, excluded.chunk_id),
             place = COALESCE(message_places.place, excluded.place),
             person_key = COALESCE(message_places.person_key, excluded.person_key),
             sent_at = COALESCE(message_places.sent_at, excluded.sent_at)
         RETURNING chunk_id, place",
        told.team_id,
        message_key,
        chunk_id,
        place,
        person.map(|person| person.key),
        person.and(told.occurred_at),
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(told.place.or(known.chunk_id.zip(known.place)))
}

/// What was told of the message before is of this place as well.
async fn give(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    message_key: &[u8],
    (chunk_id, place): (Uuid, i32),
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE told_progress SET chunk_id = $3, place = $4
         WHERE team_id = $1 AND message_key = $2 AND chunk_id IS NULL",
        team_id,
        message_key,
        chunk_id,
        place,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
