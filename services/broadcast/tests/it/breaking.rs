use sqlx::PgPool;
use test_support::{Breakable, Place, eventually};

use crate::app::App;

impl Breakable for App {
    fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl App {
    /// Kills the service, and waits until the next one is held up by what that one had under way.
    pub(crate) async fn restart_behind(&mut self, place: Place<'_>) {
        let reached = self.times_reached().await;
        self.restart().await;
        eventually(&format!("the next process gets to {place:?}"), async || {
            let waiting: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock')",
            )
            .fetch_one(&self.pool)
            .await
            .unwrap();
            (waiting || self.times_reached().await > reached).then_some(())
        })
        .await;
    }
}
