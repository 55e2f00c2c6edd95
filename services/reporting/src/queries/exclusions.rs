use sqlx::PgTransaction;
use uuid::Uuid;

use super::{Page, PlaceKey};

/// A person who matched and was not frozen in.
#[derive(Debug)]
pub(crate) struct LeftOut {
    pub(crate) contact_id: Uuid,
    pub(crate) reason: i16,
}

/// Those left out, part by part, from `from` on.
pub(crate) async fn list_left_out(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_id: Uuid,
    from: PlaceKey,
    limit: u32,
) -> sqlx::Result<Page<LeftOut, PlaceKey>> {
    let parts = sqlx::query!(
        r#"SELECT part, reason, skipped AS "skipped!",
                substring(contact_ids FROM skipped * 16 + 1 FOR ($5::bigint * 16)::integer) AS "contact_ids!"
         FROM (
             SELECT part, reason, contact_ids, skipped,
                    sum(contacts - skipped) OVER (ORDER BY part) - (contacts - skipped) AS people_before
             FROM (
                 SELECT part, reason, contact_ids, contacts,
                        CASE WHEN part = $3 THEN $4 ELSE 0 END AS skipped
                 FROM exclusions
                 WHERE team_id = $1 AND broadcast_id = $2 AND part >= $3
                 ORDER BY exclusions.part
                 LIMIT $5
             ) AS whole
         ) AS parts
         WHERE people_before < $5
         ORDER BY parts.part"#,
        team_id,
        broadcast_id,
        from.row,
        from.place,
        i64::from(limit) + 1,
    )
    .fetch_all(&mut **tx)
    .await?;

    let mut people = Vec::new();
    for part in &parts {
        for (place, contact_id) in (part.skipped..).zip(events::ids(&part.contact_ids)) {
            let key = PlaceKey {
                row: part.part,
                place,
            };
            let reason = part.reason;
            people.push((key, LeftOut { contact_id, reason }));
        }
    }
    Ok(Page::from_next(people, limit))
}
