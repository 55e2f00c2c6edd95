use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use event_store::LoggedEvent;
use events::{ContactEvent, contact::MessageOrigin, from_timestamp};
use prost_types::Timestamp;
use proto::contacts::v1::MessageSource;
use sqlx::PgTransaction;
use uuid::Uuid;

use super::row::ContactRow;

/// What a batch of events tells of conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    messages: Vec<Message>,
    /// Of whom nothing is kept.
    erased: Vec<Uuid>,
}

#[derive(Debug)]
struct Message {
    contact_id: Uuid,
    at: DateTime<Utc>,
    event_id: Uuid,
    source: MessageSource,
    sealed_content: Vec<u8>,
}

impl Conversations {
    /// Takes in what a person wrote or was sent.
    pub(super) fn add(&mut self, logged: &LoggedEvent, event: &ContactEvent) {
        match event {
            ContactEvent::Interacted(event) => self.messages.push(Message {
                contact_id: events::id(&event.contact_id),
                at: time(logged, event.occurred_at.as_ref()),
                event_id: logged.event_id,
                source: MessageSource::Contact,
                sealed_content: event.sealed_content.clone(),
            }),
            ContactEvent::MessageSent(event) => self.messages.push(Message {
                contact_id: events::id(&event.contact_id),
                at: time(logged, event.occurred_at.as_ref()),
                event_id: logged.event_id,
                source: source(event.origin()),
                sealed_content: event.sealed_content.clone(),
            }),
            ContactEvent::Erased(event) => self.erased.extend(events::ids(&event.contact_ids)),
            ContactEvent::Imported(_)
            | ContactEvent::Followed(_)
            | ContactEvent::Blocked(_)
            | ContactEvent::ProfileChanged(_)
            | ContactEvent::SiteBound(_)
            | ContactEvent::SiteUnbound(_)
            | ContactEvent::ConsentChanged(_)
            | ContactEvent::ConsentsChanged(_)
            | ContactEvent::Tagged(_) => {}
        }
    }

    /// `rows` are the batch's contacts after it: who is erased among them has no conversation, even if
    /// something is told of them afterwards.
    pub(super) async fn save(
        mut self,
        tx: &mut PgTransaction<'_>,
        rows: &BTreeMap<Uuid, ContactRow>,
    ) -> sqlx::Result<()> {
        let is_erased = |contact_id: &Uuid| {
            let row = rows.get(contact_id);
            row.is_some_and(|row| row.state.erased_at.is_some())
        };
        self.messages
            .retain(|message| !is_erased(&message.contact_id));
        if !self.erased.is_empty() {
            sqlx::query!(
                "DELETE FROM conversation_messages WHERE contact_id = ANY($1)",
                &self.erased,
            )
            .execute(&mut **tx)
            .await?;
        }
        insert(tx, self.messages).await
    }
}

async fn insert(tx: &mut PgTransaction<'_>, messages: Vec<Message>) -> sqlx::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let contact_ids: Vec<Uuid> = messages.iter().map(|message| message.contact_id).collect();
    let times: Vec<DateTime<Utc>> = messages.iter().map(|message| message.at).collect();
    let event_ids: Vec<Uuid> = messages.iter().map(|message| message.event_id).collect();
    let sources: Vec<i16> = messages
        .iter()
        .map(|message| message.source as i16)
        .collect();
    let contents: Vec<Vec<u8>> = messages
        .into_iter()
        .map(|message| message.sealed_content)
        .collect();
    sqlx::query!(
        "INSERT INTO conversation_messages (contact_id, at, event_id, source, sealed_content)
         SELECT contact_id, at, event_id, source, sealed_content
         FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::smallint[], $5::bytea[])
              AS told (contact_id, at, event_id, source, sealed_content)
         ORDER BY contact_id, at, event_id
         ON CONFLICT DO NOTHING",
        &contact_ids,
        &times,
        &event_ids,
        &sources,
        &contents,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn source(origin: MessageOrigin) -> MessageSource {
    match origin {
        MessageOrigin::Unspecified => MessageSource::Unspecified,
        MessageOrigin::Agent => MessageSource::Agent,
        MessageOrigin::Bot => MessageSource::Bot,
        MessageOrigin::Welcome => MessageSource::Welcome,
    }
}

fn time(logged: &LoggedEvent, at: Option<&Timestamp>) -> DateTime<Utc> {
    from_timestamp(at).unwrap_or(logged.recorded_at)
}
