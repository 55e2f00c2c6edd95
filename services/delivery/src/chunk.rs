mod each;
mod kit;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use broadcast_domain::{Chunk, ChunkCommand, Fate, Outcome, Recipients, Window};
use chrono::{DateTime, Utc};
use events::broadcasts::FailureClass;
use uuid::Uuid;

use self::each::Later;
use crate::{
    account::Account,
    broadcasts::Standing,
    ledger::{Ledger, Written},
    queue::Ready,
    request::Request,
    verdict::Sent,
    window::{Attempts, End},
};

/// Requests for a chunk that may be refused because of somebody in it. LINE forbids to try ids over and
/// over, and 200 find more than ten people among 500 even if LINE does not say who they are.
const REFUSALS_MAX: u32 = 200;

/// Sends a chunk until everyone in it has an outcome, or until it has to wait.
pub(crate) async fn send(account: &Account, ready: &Ready) -> anyhow::Result<()> {
    let mut sending = Sending {
        account,
        ready,
        ledger: Ledger::untouched(account.shared.store.clone(), ready),
        request: None,
        groups: Vec::new(),
        later: Later::default(),
        attempts: u32::try_from(ready.attempts).unwrap_or_default(),
        refusals: 0,
    };
    if ready.attempts > 0 {
        sending.ledger.reload().await?;
    }
    while sending.step().await? == Step::GoOn {}
    Ok(())
}

struct Sending<'a> {
    account: &'a Account,
    ready: &'a Ready,
    ledger: Ledger,
    request: Option<Arc<Request>>,
    /// Who is sent to next, the last first; if there are none, everyone who is left.
    groups: Vec<Recipients>,
    /// Of a channel that takes one person a call.
    later: Later,
    /// At the open window; of a channel that takes one person a call, since the last that was accepted.
    attempts: u32,
    refusals: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    GoOn,
    Wait,
}

impl Sending<'_> {
    async fn step(&mut self) -> anyhow::Result<Step> {
        match self.ledger.state() {
            Chunk::Absent => anyhow::bail!("a chunk that is to be sent was never stored"),
            Chunk::Settled(_) => {
                self.account
                    .shared
                    .queue
                    .settle(self.ready.chunk_id)
                    .await?;
                Ok(Step::Wait)
            }
            Chunk::Sending { window, .. } => {
                let window = window.clone();
                if self.account.pace.one_by_one {
                    return self.doubt(&window).await;
                }
                self.take_over(window).await
            }
            Chunk::Waiting(_) => self.start().await,
        }
    }

    /// A window that somebody started and did not settle: who is in it may have been sent to. The same
    /// bytes under the same key are sent again, and LINE says if it had them.
    async fn take_over(&mut self, window: Window) -> anyhow::Result<Step> {
        if !self.account.may_send() || self.standing().await? == Standing::Held {
            return Ok(Step::Wait);
        }
        self.prepare().await?;
        let command = ChunkCommand::TakeOverWindow {
            window: window.number,
        };
        match self.write(command).await? {
            Written::Yes => self.run(window, Sent::Perhaps).await,
            Written::TooLate => Ok(Step::GoOn),
        }
    }

    async fn start(&mut self) -> anyhow::Result<Step> {
        let at = self.account.shared.clock.now();
        let resumed = match self.standing().await? {
            Standing::Sending { resumed } => resumed,
            Standing::Held => return Ok(Step::Wait),
            Standing::Over => {
                let code = "broadcast_stopped".to_owned();
                self.write(ChunkCommand::Abandon { code, at }).await?;
                return Ok(Step::GoOn);
            }
        };
        if !self.account.may_send() {
            return Ok(Step::Wait);
        }
        if self.ledger.state().windows() > 0 && self.left_out().await? {
            return Ok(Step::GoOn);
        }
        if self.account.pace.one_by_one {
            return self.start_few(at, resumed).await;
        }
        self.start_group(at).await
    }

    async fn start_group(&mut self, at: DateTime<Utc>) -> anyhow::Result<Step> {
        if self.refusals >= REFUSALS_MAX {
            self.groups.clear();
        }
        self.prepare().await?;
        let recipients = self.groups.pop();
        let recipients = recipients.unwrap_or_else(|| self.ledger.state().unsettled());
        let retry_key = Uuid::new_v4();
        let start = ChunkCommand::StartWindow {
            recipients,
            retry_key,
            at,
        };
        if self.write(start).await? == Written::TooLate {
            return Ok(Step::GoOn);
        }
        let window = self.ledger.state().open_window().cloned();
        let window = window.context("a window was started and is not open")?;
        self.attempts = 0;
        if self.refusals >= REFUSALS_MAX {
            return self.give_up(&window).await;
        }
        self.run(window, Sent::No).await
    }

    /// Between two windows of a chunk: who was deleted during the first is not in the second. Before the
    /// first one, the broadcast service sees to it. True: the chunk is another now.
    async fn left_out(&mut self) -> anyhow::Result<bool> {
        let erased = self
            .account
            .shared
            .queue
            .erased(self.ready.chunk_id)
            .await?;
        let before = self.ledger.state().unsettled();
        let leave_out = ChunkCommand::LeaveOut {
            contact_ids: erased,
            code: "contact_deleted".to_owned(),
            at: self.account.shared.clock.now(),
        };
        let written = self.write(leave_out).await?;
        let unsettled = self.ledger.state().unsettled();
        for group in &mut self.groups {
            *group = group.without(&group.without(&unsettled));
        }
        self.groups.retain(|group| !group.is_empty());
        Ok(written == Written::TooLate || unsettled != before)
    }

    async fn run(&mut self, window: Window, sent: Sent) -> anyhow::Result<Step> {
        let mut attempts = Attempts {
            account: self.account,
            ready: self.ready,
            request: self.open_request().await?,
            window: &window,
            sent,
            count: self.attempts,
            resumed: 0,
        };
        let end = attempts.run().await?;
        self.attempts = attempts.count;
        match end {
            End::Over { outcomes, again } => {
                if !again.is_empty() {
                    self.refusals += 1;
                }
                // Written first: if it is too late, somebody else has decided who is left.
                if self.settle(&window, outcomes).await? == Written::Yes {
                    let again = again.into_iter().filter(|group| !group.is_empty());
                    self.groups.extend(again.rev());
                }
                Ok(Step::GoOn)
            }
            End::NotSent { outcomes, wait } => {
                self.settle(&window, outcomes).await?;
                self.wait(wait).await
            }
            End::InDoubt { wait } => match wait {
                Some(_) => self.wait(wait).await,
                None => Ok(Step::Wait),
            },
        }
    }

    /// What can fail for reasons of our own fails here, before anything is written.
    async fn prepare(&mut self) -> anyhow::Result<()> {
        self.account.access(self.ready.team_id).await?;
        self.open_request().await?;
        Ok(())
    }

    async fn open_request(&mut self) -> anyhow::Result<Arc<Request>> {
        if let Some(request) = &self.request {
            return Ok(Arc::clone(request));
        }
        let request = Request::open(&self.account.shared.vault, self.ready).await?;
        Ok(Arc::clone(self.request.insert(Arc::new(request))))
    }

    async fn give_up(&mut self, window: &Window) -> anyhow::Result<Step> {
        let outcome = Outcome {
            recipients: window.recipients.clone(),
            fate: Fate::Failed {
                class: FailureClass::Recipient,
                code: "too_many_refusals".to_owned(),
            },
        };
        self.settle(window, vec![outcome]).await?;
        Ok(Step::GoOn)
    }

    async fn settle(&mut self, window: &Window, outcomes: Vec<Outcome>) -> anyhow::Result<Written> {
        self.write(ChunkCommand::SettleWindow {
            window: window.number,
            outcomes,
            at: self.account.shared.clock.now(),
        })
        .await
    }

    async fn write(&mut self, command: ChunkCommand) -> anyhow::Result<Written> {
        let written = self.ledger.execute(command).await?;
        if written == Written::TooLate {
            self.groups.clear();
        }
        Ok(written)
    }

    /// Without a time, whatever holds the broadcast up decides.
    async fn wait(&self, wait: Option<Duration>) -> anyhow::Result<Step> {
        let Some(wait) = wait else {
            return Ok(Step::GoOn);
        };
        let queue = &self.account.shared.queue;
        queue
            .postpone(self.ready.chunk_id, self.attempts, wait)
            .await?;
        Ok(Step::Wait)
    }

    async fn standing(&self) -> anyhow::Result<Standing> {
        self.account.standing(self.ready.broadcast_id).await
    }
}
