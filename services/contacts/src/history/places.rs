use sqlx::PgPool;
use uuid::Uuid;

/// Positions in a row of what has no room in the contact's own.
const PAGE_PLACES: i64 = 64;

/// A contact, erased or not, and the latest events that name it among others.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) team_id: Uuid,
    pub(crate) contact_id: Uuid,
    pub(super) is_erased: bool,
    recent: Vec<i64>,
}

impl Contact {
    pub(crate) async fn find(
        pool: &PgPool,
        team_id: Uuid,
        contact_id: Uuid,
    ) -> sqlx::Result<Option<Self>> {
        let row = sqlx::query!(
            r#"SELECT erased_at IS NOT NULL AS "is_erased!", history FROM contacts
               WHERE team_id = $1 AND contact_id = $2"#,
            team_id,
            contact_id,
        )
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| Self {
            team_id,
            contact_id,
            is_erased: row.is_erased,
            recent: row.history,
        }))
    }

    /// Where the last events before `before` are that name the contact among others.
    pub(super) async fn places(
        &self,
        pool: &PgPool,
        before: i64,
        limit: i64,
    ) -> sqlx::Result<Vec<i64>> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut places = self.recent.clone();
        places.retain(|place| *place < before);
        if places.len() < wanted {
            let pages = sqlx::query_scalar!(
                "SELECT positions FROM contact_history
                 WHERE contact_id = $1 AND positions[1] < $2
                 ORDER BY last_position DESC LIMIT $3",
                self.contact_id,
                before,
                // The first may be cut in the middle.
                limit / PAGE_PLACES + 2,
            )
            .fetch_all(pool)
            .await?;
            places.extend(pages.into_iter().flatten().filter(|place| *place < before));
        }
        places.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
        places.truncate(wanted);
        Ok(places)
    }
}
