use chrono::{DateTime, Utc};
use events::to_timestamp;
use proto::reporting::v1::{Recipient, RecipientStatus};
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::{
    labels,
    outcome_status::{self as status, told},
    queries::{
        self, Broadcast, Clicker, Cursor, LeftOut, Page, PlaceKey, list_clickers, list_left_out,
        list_recipients,
    },
};

const EVERYONE: &[i16] = &[
    status::PENDING,
    status::SENT,
    status::FAILED,
    status::UNKNOWN,
    status::NOT_SENT,
];

/// The list behind one number of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Those frozen in who have one of these outcomes.
    Recipients(&'static [i16]),
    /// Those whose message got this far, or further.
    Told(i16),
    LeftOut,
    Clicked,
}

impl List {
    pub(crate) fn of(status: RecipientStatus) -> Option<Self> {
        Some(match status {
            RecipientStatus::Unspecified => return None,
            RecipientStatus::Audience => Self::Recipients(EVERYONE),
            RecipientStatus::LeftOut => Self::LeftOut,
            RecipientStatus::Sent => Self::Recipients(&[status::SENT]),
            RecipientStatus::Failed => Self::Recipients(&[status::FAILED]),
            RecipientStatus::Unknown => Self::Recipients(&[status::UNKNOWN]),
            RecipientStatus::NotSent => Self::Recipients(&[status::NOT_SENT]),
            RecipientStatus::Pending => Self::Recipients(&[status::PENDING]),
            RecipientStatus::Clicked => Self::Clicked,
            RecipientStatus::Delivered => Self::Told(told::DELIVERED),
            RecipientStatus::Read => Self::Told(told::READ),
        })
    }

    /// How long the whole list is: the report's number.
    pub(crate) fn total(self, counts: &queries::Counts) -> i64 {
        match self {
            Self::Recipients(statuses) => statuses
                .iter()
                .map(|status| counts.with_status(*status))
                .sum(),
            Self::Told(least) => counts.told(least),
            Self::LeftOut => counts.left_out(),
            Self::Clicked => counts.clicked,
        }
    }

    /// A page from `cursor` on, and the cursor of the next. A cursor of another list is none.
    pub(crate) async fn page(
        self,
        tx: &mut PgTransaction<'_>,
        team_id: Uuid,
        broadcast: &Broadcast,
        cursor: Option<&[u8]>,
        limit: u32,
    ) -> sqlx::Result<(Vec<Recipient>, Option<Vec<u8>>)> {
        let id = broadcast.id;
        let from = cursor.and_then(PlaceKey::from_cursor).unwrap_or_default();
        Ok(match self {
            Self::Recipients(statuses) => {
                let which = (statuses, told::NOTHING);
                let page = list_recipients(tx, team_id, id, which, from, limit).await?;
                shown(page, |person| recipient(&person))
            }
            Self::Told(least) => {
                let which = (EVERYONE, least);
                let page = list_recipients(tx, team_id, id, which, from, limit).await?;
                shown(page, |person| recipient(&person))
            }
            Self::LeftOut => {
                let page = list_left_out(tx, team_id, id, from, limit).await?;
                shown(page, |person| left_out(&person, broadcast.frozen_at))
            }
            Self::Clicked => {
                let after = cursor.and_then(Uuid::from_cursor);
                shown(
                    list_clickers(tx, team_id, id, after, limit).await?,
                    |person| clicked(&person),
                )
            }
        })
    }
}

fn shown<T, K: Cursor>(
    page: Page<T, K>,
    show: impl Fn(T) -> Recipient,
) -> (Vec<Recipient>, Option<Vec<u8>>) {
    let next = page.next.map(|key| key.to_cursor());
    (page.items.into_iter().map(show).collect(), next)
}

fn recipient(person: &queries::Recipient) -> Recipient {
    Recipient {
        contact_id: person.contact_id.to_string(),
        status: labels::outcome(person.status, person.told).to_owned(),
        reason: labels::failure(person.failure_class, &person.code),
        at: person.settled_at.map(to_timestamp),
        ..Recipient::default()
    }
}

fn left_out(person: &LeftOut, frozen_at: Option<DateTime<Utc>>) -> Recipient {
    Recipient {
        contact_id: person.contact_id.to_string(),
        status: "LEFT_OUT".to_owned(),
        reason: labels::exclusion_reason(person.reason).to_owned(),
        at: frozen_at.map(to_timestamp),
        ..Recipient::default()
    }
}

fn clicked(person: &Clicker) -> Recipient {
    Recipient {
        status: "CLICKED".to_owned(),
        at: Some(to_timestamp(person.first_clicked_at)),
        visitor_id: person.visitor_id.to_string(),
        ..Recipient::default()
    }
}
