use chrono::{DateTime, Utc};
use contacts_domain::{Consent, ContactState, ContactStatus, OptedOut};
use events::common::Purpose;
use sqlx::PgPool;
use uuid::Uuid;

/// What stands between a contact and being written to.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) contact_id: Uuid,
    state: ContactState,
    disconnected_at: Option<DateTime<Utc>>,
}

impl Standing {
    pub(crate) fn new(
        contact_id: Uuid,
        consent: Option<&[u8]>,
        followed_at: Option<DateTime<Utc>>,
        blocked_at: Option<DateTime<Utc>>,
        disconnected_at: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            contact_id,
            state: ContactState {
                consent: Consent::decode(consent),
                followed_at,
                blocked_at,
                ..ContactState::default()
            },
            disconnected_at,
        }
    }

    /// Since when the account has been disconnected.
    pub(crate) fn disconnected_at(&self) -> Option<DateTime<Utc>> {
        self.disconnected_at
    }

    /// Since when the person has blocked the account.
    pub(crate) fn blocked_at(&self) -> Option<DateTime<Utc>> {
        match self.state.status() {
            ContactStatus::Blocked => self.state.blocked_at,
            ContactStatus::Subscribed | ContactStatus::Unsubscribed | ContactStatus::Erased => None,
        }
    }

    pub(crate) fn opted_out(&self, purpose: Purpose) -> Option<OptedOut> {
        self.state.consent.of(purpose).opted_out()
    }

    pub(crate) fn person_opted_out(&self, purposes: &[Purpose]) -> bool {
        purposes
            .iter()
            .any(|purpose| matches!(self.opted_out(*purpose), Some(OptedOut::ByPerson(_))))
    }
}

/// Of these contacts of the team. One of whom nothing is known yet is left out.
pub(crate) async fn standings(
    pool: &PgPool,
    team_id: Uuid,
    contact_ids: &[Uuid],
) -> sqlx::Result<Vec<Standing>> {
    let rows = sqlx::query!(
        r#"SELECT contact_id, consent, followed_at, blocked_at, accounts.disconnected_at AS "disconnected_at?"
           FROM contacts LEFT JOIN accounts USING (account_id)
           WHERE contacts.team_id = $1 AND contact_id = ANY($2) AND erased_at IS NULL
           ORDER BY contact_id"#,
        team_id,
        contact_ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            Standing::new(
                row.contact_id,
                row.consent.as_deref(),
                row.followed_at,
                row.blocked_at,
                row.disconnected_at,
            )
        })
        .collect())
}
