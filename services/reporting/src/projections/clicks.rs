use chrono::{DateTime, Utc};
use event_bus::HandlerError;
use event_store::LoggedEvent;
use events::ingested::{LinkClicked, VisitorKind};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{malformed::time, visitors::Visitors};

/// The clicks that a batch of events tells of. Those of crawlers and previews are left in the log.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    team_ids: Vec<Uuid>,
    visitor_ids: Vec<Uuid>,
    clicked_at: Vec<DateTime<Utc>>,
    click_ids: Vec<Uuid>,
    broadcast_ids: Vec<Uuid>,
    /// Who counts: a contact where the link was one's own, else a browser.
    clicker_ids: Vec<Uuid>,
    are_contacts: Vec<bool>,
}

impl Clicks {
    pub(super) fn add(
        &mut self,
        logged: &LoggedEvent,
        event: &LinkClicked,
        visitors: &mut Visitors,
    ) -> Result<(), HandlerError> {
        match event.visitor_kind() {
            VisitorKind::Person => {}
            VisitorKind::Bot | VisitorKind::Unspecified => return Ok(()),
        }
        let visitor_id = events::id(&event.visitor_id);
        let clicked_at = time("clicked_at", event.clicked_at.as_ref())?;
        self.team_ids.push(logged.team_id);
        self.visitor_ids.push(visitor_id);
        self.clicked_at.push(clicked_at);
        self.click_ids.push(logged.event_id);
        self.broadcast_ids.push(events::id(&event.broadcast_id));
        let contact_id = Some(events::id(&event.contact_id)).filter(|contact| !contact.is_nil());
        self.clicker_ids.push(contact_id.unwrap_or(visitor_id));
        self.are_contacts.push(contact_id.is_some());
        visitors.clicked(logged.team_id, visitor_id, clicked_at);
        Ok(())
    }

    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        if self.click_ids.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO clicks (team_id, visitor_id, clicked_at, click_id, broadcast_id)
             SELECT team_id, visitor_id, clicked_at, click_id, broadcast_id
             FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::uuid[])
                 AS clicks (team_id, visitor_id, clicked_at, click_id, broadcast_id)",
            &self.team_ids,
            &self.visitor_ids,
            &self.clicked_at,
            &self.click_ids,
            &self.broadcast_ids,
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!(
            "INSERT INTO clickers (broadcast_id, clicker_id, team_id, is_contact, first_clicked_at)
             SELECT broadcast_id, clicker_id, team_id, bool_or(is_contact), min(clicked_at)
             FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::bool[])
                 AS clicks (team_id, clicker_id, clicked_at, broadcast_id, is_contact)
             GROUP BY team_id, broadcast_id, clicker_id
             ORDER BY team_id, clicker_id, broadcast_id
             ON CONFLICT (broadcast_id, clicker_id) DO UPDATE
             SET first_clicked_at = excluded.first_clicked_at
             WHERE excluded.first_clicked_at < clickers.first_clicked_at",
            &self.team_ids,
            &self.clicker_ids,
            &self.clicked_at,
            &self.broadcast_ids,
            &self.are_contacts,
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
