use std::collections::{BTreeMap, HashMap};

use event_store::LogPosition;
use sqlx::PgTransaction;
use uuid::Uuid;

use super::rows::Rows;

/// Whose rows a batch changed, for the processes that hold them in memory.
#[derive(Debug, Default)]
pub(super) struct Changes {
    teams: BTreeMap<Uuid, OfTeam>,
}

#[derive(Debug, Default)]
struct OfTeam {
    ordinals: Vec<i32>,
    words: bool,
}

impl Changes {
    /// The team's accounts or tags.
    pub(super) fn add_words(&mut self, team_id: Uuid) {
        self.teams.entry(team_id).or_default().words = true;
    }

    pub(super) fn add_rows(&mut self, rows: &Rows<'_>, new: &HashMap<Uuid, i32>) {
        for (contact_id, row) in rows {
            let ordinal = new.get(contact_id).copied().or_else(|| row.changed());
            if let Some(ordinal) = ordinal {
                let of_team = self.teams.entry(row.team_id).or_default();
                of_team.ordinals.push(ordinal);
            }
        }
    }

    pub(super) async fn save(
        self,
        tx: &mut PgTransaction<'_>,
        at: LogPosition,
    ) -> sqlx::Result<()> {
        for (team_id, of_team) in self.teams {
            sqlx::query!(
                "INSERT INTO changes (partition, position, team_id, ordinals, words)
                 VALUES ($1, $2, $3, $4, $5)",
                at.partition,
                at.position,
                team_id,
                &of_team.ordinals,
                of_team.words,
            )
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }
}
