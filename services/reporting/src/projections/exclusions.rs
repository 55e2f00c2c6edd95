use event_bus::HandlerError;
use events::broadcasts::RecipientsExcluded;
use sqlx::PgTransaction;
use uuid::Uuid;

use super::malformed::{integer, joined_ids, number};

/// The people left out that a batch of events tells of.
#[derive(Debug, Default)]
pub(super) struct Exclusions {
    broadcast_ids: Vec<Uuid>,
    parts: Vec<i32>,
    team_ids: Vec<Uuid>,
    reasons: Vec<i16>,
    contact_ids: Vec<Vec<u8>>,
}

impl Exclusions {
    pub(super) fn add(
        &mut self,
        team_id: Uuid,
        event: RecipientsExcluded,
    ) -> Result<(), HandlerError> {
        joined_ids("contact_ids", &event.contact_ids)?;
        self.broadcast_ids.push(events::id(&event.broadcast_id));
        self.parts.push(integer("part", event.part)?);
        self.team_ids.push(team_id);
        self.reasons.push(number("reason", event.reason)?);
        self.contact_ids.push(event.contact_ids);
        Ok(())
    }

    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        if self.parts.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO exclusions (broadcast_id, part, team_id, reason, contact_ids)
             SELECT broadcast_id, part, team_id, reason, contact_ids
             FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::smallint[], $5::bytea[])
                 AS parts (broadcast_id, part, team_id, reason, contact_ids)",
            &self.broadcast_ids,
            &self.parts,
            &self.team_ids,
            &self.reasons,
            &self.contact_ids,
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
