use std::time::Duration;

use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgAdvisoryLock, PgAdvisoryLockGuard},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// How often a relay that waits asks again, and one that works looks whether it still may.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Runs `work` while this process holds the lock `name`; again and again, until `shutdown`.
///
/// The lock is the session's: Postgres releases it when the process dies. It only spares work.
/// What keeps two relays apart is the sequence that each batch expects.
pub(crate) async fn while_leader<W>(
    pool: &PgPool,
    name: &str,
    shutdown: &CancellationToken,
    work: impl Fn(CancellationToken) -> W,
) where
    W: Future<Output = ()>,
{
    let lock = PgAdvisoryLock::new(name);
    while !shutdown.is_cancelled() {
        if let Ok(connection) = PgConnection::connect_with(&pool.connect_options()).await
            && let Ok(sqlx::Either::Left(held)) = lock.try_acquire(connection).await
        {
            info!(lock = name, "leads");
            let leading = shutdown.child_token();
            tokio::select! {
                () = work(leading.clone()) => {}
                () = until_lost(held) => leading.cancel(),
            }
        }
        tokio::select! {
            () = sleep(CHECK_INTERVAL) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

async fn until_lost(mut held: PgAdvisoryLockGuard<PgConnection>) {
    while held.as_mut().ping().await.is_ok() {
        sleep(CHECK_INTERVAL).await;
    }
}
