use std::sync::atomic::{AtomicBool, Ordering};

use event_bus::{Handler, HandlerError};
use event_store::LoggedEvent;
use sqlx::PgTransaction;

/// Counts the events of each stream. An event applied twice or out of order shows.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// While false, an event of the type `test.v1.Poison` can't be applied.
    pub(crate) cured: &'static Cure,
    /// Fails this many times, in passing.
    pub(crate) failures: std::sync::atomic::AtomicU32,
}

#[derive(Debug)]
pub(crate) struct Cure(pub(crate) AtomicBool);

impl Default for &'static Cure {
    fn default() -> Self {
        static NOT_CURED: Cure = Cure(AtomicBool::new(false));
        &NOT_CURED
    }
}

impl Handler for Tally {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        for event in events {
            if event.event_type == "test.v1.Poison" && !self.cured.0.load(Ordering::Relaxed) {
                return Err(HandlerError::permanent("poison"));
            }
            let updated = sqlx::query(
                "INSERT INTO tally VALUES ($1, 1, $2)
                 ON CONFLICT (stream_id) DO UPDATE
                 SET events = tally.events + 1, last_position = excluded.last_position
                 WHERE tally.last_position < excluded.last_position",
            )
            .bind(event.stream_id)
            .bind(event.at.position)
            .execute(&mut **tx)
            .await?;
            if updated.rows_affected() != 1 {
                return Err(HandlerError::permanent("an event was applied twice"));
            }
        }
        let failing = self
            .failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        match failing {
            Ok(_) => Err(HandlerError::transient("a passing failure")),
            Err(_) => Ok(()),
        }
    }
}
