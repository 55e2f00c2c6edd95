use chrono::{DateTime, Utc};
use events::to_timestamp;
use proto::reporting::v1::{Recipient, RecipientStatus};
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::{
    channel_tells::ChannelTells,
    labels,
    queries::{
        self, Broadcast, Clicker, Cursor, LeftOut, Page, People, PlaceKey, list_clickers,
        list_left_out, list_recipients,
    },
};

/// The list behind one number of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Of those frozen in.
    Recipients(People),
    LeftOut,
    Clicked,
    /// The report has no such number.
    Absent,
}

impl List {
    /// `None`: no number was named.
    pub(crate) fn of(status: RecipientStatus, channel: i16) -> Option<Self> {
        let tells = ChannelTells::of(channel);
        let told = |people: Option<People>| people.map_or(Self::Absent, Self::Recipients);
        Some(match status {
            RecipientStatus::Unspecified => return None,
            RecipientStatus::Audience => Self::Recipients(People::EVERYONE),
            RecipientStatus::LeftOut => Self::LeftOut,
            RecipientStatus::Sent => Self::Recipients(People::SENT),
            RecipientStatus::Failed => Self::Recipients(People::FAILED),
            RecipientStatus::Unknown => Self::Recipients(People::UNKNOWN),
            RecipientStatus::NotSent => Self::Recipients(People::NOT_SENT),
            RecipientStatus::Pending => Self::Recipients(People::PENDING),
            RecipientStatus::Held => Self::Recipients(People::HELD),
            RecipientStatus::Delivered => told(tells.delivered()),
            RecipientStatus::DeliveryOpen => told(tells.delivery_open()),
            RecipientStatus::Read => told(tells.read()),
            RecipientStatus::Clicked => Self::Clicked,
        })
    }

    /// How long the whole list is: the report's number.
    pub(crate) fn total(self, counts: &queries::Counts) -> i64 {
        match self {
            Self::Recipients(people) => counts.of(&people),
            Self::LeftOut => counts.left_out(),
            Self::Clicked => counts.clicked,
            Self::Absent => 0,
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
            Self::Absent => (Vec::new(), None),
            Self::Recipients(people) => {
                let page = list_recipients(tx, team_id, id, &people, from, limit).await?;
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
        status: labels::outcome(person.status, person.told, &person.code).to_owned(),
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
    let id = person.id.to_string();
    let (contact_id, visitor_id) = if person.is_contact {
        (id, String::new())
    } else {
        (String::new(), id)
    };
    Recipient {
        contact_id,
        status: "CLICKED".to_owned(),
        at: Some(to_timestamp(person.first_clicked_at)),
        visitor_id,
        ..Recipient::default()
    }
}
