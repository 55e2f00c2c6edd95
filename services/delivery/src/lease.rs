use std::time::Duration;

use sqlx::{PgPool, postgres::types::PgInterval};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;

/// A lease is renewed so many times within its term.
const RENEWALS: u32 = 3;
/// Between attempts to renew while the database fails.
const RETRY: Duration = Duration::from_millis(250);

/// Takes accounts for this process.
#[derive(Debug, Clone)]
pub(crate) struct Leases {
    pool: PgPool,
    owner: Uuid,
    term: Duration,
}

/// An account that this process alone sends for, until it expires.
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Leases,
    pub(crate) account_id: Uuid,
    epoch: i64,
    /// By our own clock, counted from before the database was asked.
    expires_at: watch::Sender<Instant>,
}

/// Tells whether a lease still holds.
#[derive(Debug, Clone)]
pub(crate) struct Validity(watch::Receiver<Instant>);

impl Validity {
    pub(crate) fn holds(&self) -> bool {
        Instant::now() < *self.0.borrow()
    }
}

impl Leases {
    pub(crate) fn new(pool: PgPool, term: Duration) -> Self {
        Self {
            pool,
            owner: Uuid::now_v7(),
            term,
        }
    }

    /// Takes an account that nobody owns. `None`: somebody does.
    pub(crate) async fn take(&self, account_id: Uuid) -> Result<Option<Lease>, sqlx::Error> {
        let asked_at = Instant::now();
        let epoch = sqlx::query_scalar!(
            "INSERT INTO account_leases (account_id, owner, epoch, expires_at)
             VALUES ($1, $2, 1, clock_timestamp() + $3)
             ON CONFLICT (account_id) DO UPDATE
             SET owner = excluded.owner, epoch = account_leases.epoch + 1, expires_at = excluded.expires_at
             WHERE account_leases.expires_at <= clock_timestamp()
             RETURNING epoch",
            account_id,
            self.owner,
            self.term(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(epoch.map(|epoch| Lease {
            leases: self.clone(),
            account_id,
            epoch,
            expires_at: watch::Sender::new(asked_at + self.term),
        }))
    }

    fn term(&self) -> PgInterval {
        let microseconds = i64::try_from(self.term.as_micros()).unwrap_or(i64::MAX);
        PgInterval {
            months: 0,
            days: 0,
            microseconds,
        }
    }
}

impl Lease {
    pub(crate) fn validity(&self) -> Validity {
        Validity(self.expires_at.subscribe())
    }

    /// Renews the lease for as long as it can, and returns when it is lost.
    pub(crate) async fn keep(&self) {
        loop {
            sleep(self.leases.term / RENEWALS).await;
            loop {
                match self.renew().await {
                    Ok(true) => break,
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(account.id = %self.account_id, error = &error as &dyn std::error::Error, "cannot renew a lease");
                    }
                }
                if !self.validity().holds() {
                    return;
                }
                sleep(RETRY).await;
            }
        }
    }

    async fn renew(&self) -> Result<bool, sqlx::Error> {
        let asked_at = Instant::now();
        let renewed = sqlx::query!(
            "UPDATE account_leases SET expires_at = clock_timestamp() + $4
             WHERE account_id = $1 AND owner = $2 AND epoch = $3",
            self.account_id,
            self.leases.owner,
            self.epoch,
            self.leases.term(),
        )
        .execute(&self.leases.pool)
        .await?;
        if renewed.rows_affected() == 0 {
            return Ok(false);
        }
        self.expires_at.send_replace(asked_at + self.leases.term);
        Ok(true)
    }

    /// Lets another worker have the account at once.
    pub(crate) async fn release(self) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE account_leases SET expires_at = clock_timestamp()
             WHERE account_id = $1 AND owner = $2 AND epoch = $3",
            self.account_id,
            self.leases.owner,
            self.epoch,
        )
        .execute(&self.leases.pool)
        .await?;
        Ok(())
    }
}
