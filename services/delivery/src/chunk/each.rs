//! Chunks of a channel that takes one person a call, and has no key under which a call could be made again.

use std::{slice, time::Duration};

use anyhow::Context as _;
use broadcast_domain::{ChunkCommand, Fate, Outcome, Recipients, Window};
use chrono::{DateTime, Utc};
use events::broadcasts::{FailureClass, PauseReason};
use tracing::{info, warn};
use uuid::Uuid;

use super::{Sending, Step, kit::Kit};
use crate::{
    answers::{Halt, failed, interrupted},
    backoff::backoff,
    calls::{Calls, Made},
    ledger::Written,
};

/// How often somebody is put off before they fail.
const DEFERRALS_MAX: u32 = 6;
/// Windows in a row in which it is not known what became of somebody, after which a person has to look.
const DOUBTS_MAX: u32 = 5;
/// Between attempts to write down what calls came to.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

/// Those who are put off, for no less than this.
#[derive(Debug, Default)]
pub(super) struct Later {
    people: Recipients,
    wait: Option<Duration>,
}

impl Sending<'_> {
    /// A window that was started and not settled: who has an outcome in it was not written down, and
    /// asking again would send again. What the channel tells later may yet settle it.
    pub(super) async fn doubt(&mut self, window: &Window) -> anyhow::Result<Step> {
        info!(
            chunk.id = %self.ready.chunk_id,
            window = window.number,
            people = window.recipients.len(),
            "nobody can tell who of an interrupted window was sent to"
        );
        self.settle(window, vec![all_of(window, interrupted())])
            .await?;
        Ok(Step::GoOn)
    }

    pub(super) async fn start_few(
        &mut self,
        at: DateTime<Utc>,
        resumed: u32,
    ) -> anyhow::Result<Step> {
        let few = self.next_few();
        if few.is_empty() {
            return self.put_off(at).await;
        }
        let Some(kit) = self.kit().await? else {
            return Ok(Step::Wait);
        };
        let request = self.open_request().await?;
        let few = match self.admitted(&kit, &request, few).await? {
            Ok(few) => few,
            Err(wait) => {
                // Nothing has failed; but the chunk is not untouched any more.
                self.attempts = self.attempts.max(1);
                return self.wait(Some(wait)).await;
            }
        };
        let Some(window) = self.start_window(few, at).await? else {
            return Ok(Step::GoOn);
        };
        let calls = Calls {
            account: self.account,
            ready: self.ready,
            request: &request,
            sender: &kit.sender,
            lookup: &kit.lookup,
        };
        let made = calls.make(&window).await;
        if made.accepted {
            self.attempts = 0;
        }
        self.follow(&window, made, &kit, resumed).await
    }

    /// One, after a window that failed.
    fn next_few(&self) -> Recipients {
        let people = if self.attempts > 0 {
            1
        } else {
            self.account.pace.window_recipients
        };
        let free = self.ledger.state().unsettled().without(&self.later.people);
        let few = free.iter().take(people as usize);
        few.map(|place| place..place.saturating_add(1)).collect()
    }

    /// `None`: somebody else was there before.
    async fn start_window(
        &mut self,
        recipients: Recipients,
        at: DateTime<Utc>,
    ) -> anyhow::Result<Option<Window>> {
        let start = ChunkCommand::StartWindow {
            recipients,
            // Names the window; the channel has no use for it.
            retry_key: Uuid::new_v4(),
            at,
        };
        if self.write(start).await? == Written::TooLate {
            return Ok(None);
        }
        let window = self.ledger.state().open_window().cloned();
        window
            .context("a window was started and is not open")
            .map(Some)
    }

    async fn follow(
        &mut self,
        window: &Window,
        made: Made,
        kit: &Kit,
        resumed: u32,
    ) -> anyhow::Result<Step> {
        if self.settle_surely(window, &made.outcomes).await? == Written::TooLate {
            return Ok(Step::GoOn);
        }
        self.later.people = self.later.people.with(&made.later);
        self.later.wait = self.later.wait.max(made.wait);
        let (team_id, broadcast_id) = (self.ready.team_id, self.ready.broadcast_id);
        let broadcasts = &self.account.shared.broadcasts;
        match made.halt {
            None => Ok(Step::GoOn),
            Some(Halt::GiveWay) => Ok(Step::Wait),
            Some(Halt::Doubt) if self.attempts + 1 >= DOUBTS_MAX => {
                self.attempts = self.attempts.saturating_add(1);
                let detail = "no answer, or one that does not say whether a message was sent";
                let (reason, detail) = (PauseReason::Channel, detail.to_owned());
                broadcasts
                    .pause(team_id, broadcast_id, reason, detail, resumed)
                    .await?;
                Ok(Step::Wait)
            }
            Some(Halt::Doubt) => self.postpone(None).await,
            Some(Halt::Wait { wait, why }) => {
                info!(account.id = %self.account.id, why, "an account waits");
                self.postpone(wait).await
            }
            Some(Halt::Stop { .. }) if self.may_have_lost(kit.uploaded.as_deref()).await? => {
                self.postpone(None).await
            }
            Some(Halt::Stop { code, detail }) => {
                broadcasts
                    .stop(team_id, broadcast_id, &code, detail)
                    .await?;
                Ok(Step::GoOn)
            }
            Some(Halt::Pause {
                reason,
                detail,
                credentials,
            }) => {
                if credentials && self.account.gets_others(team_id, &kit.opened).await? {
                    return Ok(Step::GoOn);
                }
                broadcasts
                    .pause(team_id, broadcast_id, reason, detail, resumed)
                    .await?;
                Ok(Step::Wait)
            }
        }
    }

    /// Tries for as long as nobody else may: what is not written down is a doubt for good.
    async fn settle_surely(
        &mut self,
        window: &Window,
        outcomes: &[Outcome],
    ) -> anyhow::Result<Written> {
        loop {
            match self.settle(window, outcomes.to_vec()).await {
                Err(error) if self.account.is_ours() => {
                    warn!(
                        chunk.id = %self.ready.chunk_id,
                        error = format!("{error:#}"),
                        "cannot write down what calls came to, trying again"
                    );
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
                written => return written,
            }
        }
    }

    /// Only those are left who are to be sent to later, or have been put off often enough.
    async fn put_off(&mut self, at: DateTime<Utc>) -> anyhow::Result<Step> {
        if self.attempts < DEFERRALS_MAX {
            return self.postpone(self.later.wait).await;
        }
        let people = std::mem::take(&mut self.later).people;
        if let Some(window) = self.start_window(people, at).await? {
            let code = "put_off_too_often".to_owned();
            let outcome = all_of(&window, failed(FailureClass::Recipient, code));
            self.settle_surely(&window, slice::from_ref(&outcome))
                .await?;
        }
        Ok(Step::GoOn)
    }

    async fn postpone(&mut self, wait: Option<Duration>) -> anyhow::Result<Step> {
        self.attempts = self.attempts.saturating_add(1);
        let wait = wait.unwrap_or_default().max(backoff(self.attempts));
        self.wait(Some(wait)).await
    }
}

fn all_of(window: &Window, fate: Fate) -> Outcome {
    Outcome {
        recipients: window.recipients.clone(),
        fate,
    }
}
