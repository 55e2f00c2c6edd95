use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::PgPool;
use uuid::Uuid;

/// The last event of each partition that something reflects.
pub(super) type Positions = BTreeMap<i16, i64>;

/// What happened to the read model since some positions.
#[derive(Debug)]
pub(super) enum Moved {
    To {
        positions: Positions,
        teams: HashMap<Uuid, ChangedTeam>,
    },
    /// Some of the changes are not known any more, or the read model was dropped.
    Lost { positions: Positions },
}

#[derive(Debug, Default)]
pub(super) struct ChangedTeam {
    pub(super) ordinals: BTreeSet<i32>,
    pub(super) words: bool,
}

/// What changed of these teams after `reached`: one statement, so as of one moment.
pub(super) async fn moved(
    pool: &PgPool,
    reached: &Positions,
    teams: &[Uuid],
) -> sqlx::Result<Moved> {
    let partitions: Vec<i16> = reached.keys().copied().collect();
    let after: Vec<i64> = reached.values().copied().collect();
    let rows = sqlx::query!(
        r#"
        SELECT checkpoints.partition, checkpoints.position,
               COALESCE(forgotten.position, 0) AS "forgotten!",
               changes.team_id AS "team_id?", changes.ordinals AS "ordinals?",
               changes.words AS "words?"
        FROM checkpoints
        LEFT JOIN unnest($1::smallint[], $2::bigint[]) AS reached (partition, position)
               ON reached.partition = checkpoints.partition
        LEFT JOIN forgotten_changes AS forgotten ON forgotten.partition = checkpoints.partition
        LEFT JOIN changes
               ON changes.partition = checkpoints.partition
              AND changes.position > COALESCE(reached.position, 0)
              AND changes.position <= checkpoints.position
              AND changes.team_id = ANY($3)
        WHERE checkpoints.consumer = 'segmentation' AND checkpoints.log = 'contacts'
        "#,
        &partitions,
        &after,
        teams,
    )
    .fetch_all(pool)
    .await?;
    let mut positions = Positions::new();
    let mut changed: HashMap<Uuid, ChangedTeam> = HashMap::new();
    let mut lost = false;
    for row in rows {
        let reached = reached.get(&row.partition).copied().unwrap_or_default();
        lost |= row.forgotten > reached || row.position < reached;
        positions.insert(row.partition, row.position);
        if let (Some(team_id), Some(ordinals)) = (row.team_id, row.ordinals) {
            let team = changed.entry(team_id).or_default();
            team.ordinals.extend(ordinals);
            team.words |= row.words.unwrap_or_default();
        }
    }
    lost |= reached
        .keys()
        .any(|partition| !positions.contains_key(partition));
    Ok(if lost {
        Moved::Lost { positions }
    } else {
        Moved::To {
            positions,
            teams: changed,
        }
    })
}

/// Forgets changes that everyone has long taken in.
pub(super) async fn forget_old(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH old AS (
             DELETE FROM changes WHERE changed_at < now() - interval '10 minutes'
             RETURNING partition, position
         )
         INSERT INTO forgotten_changes (partition, position)
         SELECT partition, max(position) FROM old GROUP BY partition ORDER BY partition
         ON CONFLICT (partition) DO UPDATE
         SET position = GREATEST(forgotten_changes.position, excluded.position)",
    )
    .execute(pool)
    .await?;
    Ok(())
}
