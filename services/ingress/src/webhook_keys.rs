//! What webhooks are sealed with: the sender's key, which goes when the sender is deleted, and the day's,
//! which goes after a week whatever happens.

use std::{collections::HashMap, time::Duration};

use anyhow::Context as _;
use bootstrap::Clock;
use chrono::{Days, NaiveDate};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use vault::{Aad, LookupKey, SealKey, SenderKey, Vault};

const EVENT_TYPE: &str = "fanfare.events.ingress.v1.WebhookReceived";
/// Whoever has not read a webhook by then does not get to.
const KEPT_DAYS: Days = Days::new(7);
const LOOK_INTERVAL: Duration = Duration::from_hours(1);
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// The keys for one post.
pub(crate) struct WebhookKeys {
    team_id: Uuid,
    account_id: Uuid,
    day: SealKey,
    pub(crate) key_day: u32,
    lookup: LookupKey,
    senders: HashMap<Vec<u8>, SenderKey>,
}

impl WebhookKeys {
    /// The keys of the day and of these people.
    pub(crate) async fn find(
        vault: &Vault,
        team_id: Uuid,
        account_id: Uuid,
        today: NaiveDate,
        user_ids: impl Iterator<Item = &str>,
    ) -> anyhow::Result<Self> {
        let day = vault.day_key(today).await?;
        let lookup = vault.lookup_key(team_id).await?;
        let identities: Vec<Vec<u8>> = user_ids
            .map(|user_id| lookup.identity(account_id, user_id).to_vec())
            .collect();
        let senders = if identities.is_empty() {
            HashMap::new()
        } else {
            vault.sender_keys(team_id, &identities).await?
        };
        Ok(Self {
            team_id,
            account_id,
            day: day.context("today's key was destroyed; check the clock")?,
            key_day: u32::try_from((today - NaiveDate::default()).num_days())?,
            lookup,
            senders,
        })
    }

    /// The sealed body, and the id of the sender's key, if somebody is named.
    pub(crate) fn seal(
        &self,
        event_id: Uuid,
        user_id: Option<&str>,
        body: &[u8],
    ) -> (Vec<u8>, Option<Uuid>) {
        let aad = |subject_id| Aad {
            team_id: self.team_id,
            subject_id,
            event_id,
            event_type: EVENT_TYPE,
        };
        let sender = user_id.and_then(|user_id| {
            let identity = self.lookup.identity(self.account_id, user_id);
            self.senders.get(identity.as_slice())
        });
        match sender {
            Some(sender) => {
                let inner = sender.key.seal(&aad(sender.id), body);
                let sealed = self.day.seal(&aad(self.account_id), &inner);
                (sealed, Some(sender.id))
            }
            None => (self.day.seal(&aad(self.account_id), body), None),
        }
    }
}

/// Destroys the keys of days that are past, until `shutdown`.
pub(crate) async fn expire(
    vault: Vault,
    clock: std::sync::Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    loop {
        let first_kept = clock.now().date_naive() - KEPT_DAYS;
        let pause = match vault.destroy_days_before(first_kept).await {
            Ok(0) => LOOK_INTERVAL,
            Ok(days) => {
                info!(days, "webhooks of past days can't be read any more");
                LOOK_INTERVAL
            }
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot destroy the keys of past days"
                );
                RETRY_AFTER
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = shutdown.cancelled() => return Ok(()),
        }
    }
}
