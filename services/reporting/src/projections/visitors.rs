use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use reporting_domain::ATTRIBUTION_WINDOW;
use sqlx::PgTransaction;
use uuid::Uuid;

/// The browsers that a batch of events tells something new of, and when their orders may move.
#[derive(Debug, Default)]
pub(super) struct Visitors {
    spans: BTreeMap<(Uuid, Uuid), Span>,
}

/// Both ends included.
#[derive(Debug)]
struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

/// [`Visitors`] as arrays, in the order of their keys.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) team_ids: Vec<Uuid>,
    pub(super) visitor_ids: Vec<Uuid>,
    pub(super) from: Vec<DateTime<Utc>>,
    pub(super) to: Vec<DateTime<Utc>>,
}

impl Visitors {
    /// A click moves orders from then on until the window is over.
    pub(super) fn clicked(&mut self, team_id: Uuid, visitor_id: Uuid, at: DateTime<Utc>) {
        self.widen(team_id, visitor_id, at, at + ATTRIBUTION_WINDOW);
    }

    pub(super) fn ordered(&mut self, team_id: Uuid, visitor_id: Uuid, at: DateTime<Utc>) {
        self.widen(team_id, visitor_id, at, at);
    }

    fn widen(&mut self, team_id: Uuid, visitor_id: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) {
        let span = self
            .spans
            .entry((team_id, visitor_id))
            .or_insert(Span { from, to });
        span.from = span.from.min(from);
        span.to = span.to.max(to);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    pub(super) fn columns(&self) -> Columns {
        Columns {
            team_ids: self.spans.keys().map(|(team_id, _)| *team_id).collect(),
            visitor_ids: self
                .spans
                .keys()
                .map(|(_, visitor_id)| *visitor_id)
                .collect(),
            from: self.spans.values().map(|span| span.from).collect(),
            to: self.spans.values().map(|span| span.to).collect(),
        }
    }

    /// Keeps other partitions from these browsers until `tx` ends.
    ///
    /// Without it, a click and an order that are projected at the same time would not see each
    /// other. All take the locks in the same order, so that nobody waits in a circle.
    pub(super) async fn lock(&self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let columns = self.columns();
        // An update locks the row even where its condition keeps it from changing anything.
        sqlx::query!(
            "INSERT INTO visitors (team_id, visitor_id)
             SELECT team_id, visitor_id
             FROM unnest($1::uuid[], $2::uuid[]) AS changed (team_id, visitor_id)
             ORDER BY team_id, visitor_id
             ON CONFLICT (team_id, visitor_id) DO UPDATE SET team_id = excluded.team_id WHERE false",
            &columns.team_ids,
            &columns.visitor_ids,
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
