mod each;

use std::{sync::Arc, time::Duration};

use broadcast_domain::{Fate, Outcome, Recipients, Window};
use events::broadcasts::{FailureClass, PauseReason};
use tracing::{info, warn};

use crate::{
    account::{Account, To},
    backoff::backoff,
    broadcasts::Standing,
    client::Client,
    credentials::Access,
    queue::Ready,
    request::Request,
    verdict::{Next, Sent, next},
};

/// A window that waits longer than this for its next attempt makes room for others.
const HELD_MAX: Duration = Duration::from_secs(20);

/// How a window's attempts ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With these outcomes. Everyone else in the window was not sent to, and is sent to in these groups.
    Over {
        outcomes: Vec<Outcome>,
        again: Vec<Recipients>,
    },
    /// With these outcomes; nobody else was sent to. The chunk goes on after this long, or when its broadcast
    /// does.
    NotSent {
        outcomes: Vec<Outcome>,
        wait: Option<Duration>,
    },
    /// Perhaps everybody was sent to, so that the window stays open.
    InDoubt { wait: Option<Duration> },
}

/// The attempts at one window of a chunk: each with the same key and the same bytes.
pub(crate) struct Attempts<'a> {
    pub(crate) account: &'a Account,
    pub(crate) ready: &'a Ready,
    pub(crate) request: Arc<Request>,
    pub(crate) window: &'a Window,
    pub(crate) sent: Sent,
    /// How many there were so far.
    pub(crate) count: u32,
    /// How often the broadcast had been resumed before the last of them.
    pub(crate) resumed: u32,
}

impl Attempts<'_> {
    pub(crate) async fn run(&mut self) -> anyhow::Result<End> {
        if self.ready.personal_links {
            return self.run_each().await;
        }
        let body = self.request.body(&self.window.recipients);
        loop {
            if self.key_is_forgotten() {
                return Ok(self.expired());
            }
            if let Some(end) = self.held_up().await? {
                return Ok(end);
            }
            let verdict = match &body {
                Ok(body) => {
                    let key = self.window.retry_key;
                    let team_id = self.ready.team_id;
                    let answered = self.account.send_line(team_id, To::Many, key, body.clone());
                    match answered.await? {
                        Some(verdict) => verdict,
                        None => return Ok(self.give_way(None)),
                    }
                }
                Err(refusal) => refusal.clone(),
            };
            self.count = self.count.saturating_add(1);
            self.sent = self.sent.after(&verdict);
            if let Some(end) = self
                .follow(next(verdict, self.window.recipients.len()))
                .await?
            {
                return Ok(end);
            }
        }
    }

    /// What the broadcast and the account have to say before an attempt.
    async fn held_up(&mut self) -> anyhow::Result<Option<End>> {
        let standing = self.account.standing(self.ready.broadcast_id).await?;
        Ok(match (standing, self.sent) {
            (Standing::Sending { resumed }, _) => {
                self.resumed = resumed;
                None
            }
            // Of what is over, a doubt is not left for good: the same request tells.
            (Standing::Over, Sent::Perhaps) if self.account.is_connected().await? => None,
            // Nobody can be asked now.
            (Standing::Over, Sent::Perhaps) => Some(self.give_way(Some(backoff(u32::MAX)))),
            (Standing::Held, _) | (Standing::Over, Sent::No) => Some(self.give_way(None)),
        })
    }

    /// `None`: the same again.
    async fn follow(&self, next: Next) -> anyhow::Result<Option<End>> {
        let recipients = &self.window.recipients;
        Ok(Some(match next {
            Next::Accept { request_id } => self.over(Fate::Accepted {
                channel_request_id: request_id,
            }),
            Next::Exclude { index, code } => self.exclude(index, code),
            Next::Halve => {
                let (first, rest) = recipients.halves();
                End::Over {
                    outcomes: Vec::new(),
                    again: vec![first, rest],
                }
            }
            Next::Stop { code, detail } => {
                let (team_id, broadcast_id) = (self.ready.team_id, self.ready.broadcast_id);
                let broadcasts = &self.account.shared.broadcasts;
                broadcasts.stop(team_id, broadcast_id, code, detail).await?;
                self.over(Fate::Failed {
                    class: FailureClass::Content,
                    code: code.to_owned(),
                })
            }
            Next::Pause { reason, detail } => self.pause(reason, detail).await?,
            Next::AskQuota { detail } => {
                let people = u64::from(recipients.len());
                self.ask_quota(detail, people).await?
            }
            Next::Repeat { why } => return Ok(self.repeat(why).await),
        }))
    }

    fn exclude(&self, index: usize, code: &str) -> End {
        let recipients = &self.window.recipients;
        let Some(failed) = recipients.only(index) else {
            return not_sent(None);
        };
        let again = recipients.without(&failed);
        let outcome = Outcome {
            recipients: failed,
            fate: Fate::Failed {
                class: FailureClass::Recipient,
                code: code.to_owned(),
            },
        };
        End::Over {
            outcomes: vec![outcome],
            again: vec![again],
        }
    }

    async fn pause(&self, reason: PauseReason, detail: String) -> anyhow::Result<End> {
        let (team_id, broadcast_id) = (self.ready.team_id, self.ready.broadcast_id);
        let broadcasts = &self.account.shared.broadcasts;
        broadcasts
            .pause(team_id, broadcast_id, reason, detail, self.resumed)
            .await?;
        Ok(self.give_way(None))
    }

    /// LINE says the same of a month that is used up and of one that another send has reserved for now.
    async fn ask_quota(&self, detail: String, people: u64) -> anyhow::Result<End> {
        let Access::Open(opened) = self.account.access(self.ready.team_id).await? else {
            return Ok(self.give_way(None));
        };
        let Client::Line(line) = &opened.client else {
            return Ok(self.give_way(None));
        };
        match line.quota().await {
            Ok(quota)
                if quota
                    .remaining()
                    .is_some_and(|remaining| remaining < people) =>
            {
                return self.pause(PauseReason::Quota, detail).await;
            }
            Ok(_) => {
                info!(account.id = %self.account.id, "quota is reserved by another send, waiting");
            }
            Err(error) => {
                warn!(account.id = %self.account.id, error = &error as &dyn std::error::Error, "cannot read the quota");
            }
        }
        Ok(self.give_way(Some(self.account.shared.sending.quota_retry())))
    }

    async fn repeat(&self, why: &str) -> Option<End> {
        let wait = backoff(self.count);
        info!(
            chunk.id = %self.ready.chunk_id,
            window = self.window.number,
            attempts = self.count,
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            why,
            "window is sent again"
        );
        if wait > HELD_MAX {
            return Some(self.give_way(Some(wait)));
        }
        self.account.rest(wait).await;
        (!self.account.may_send()).then(|| self.give_way(None))
    }

    /// LINE forgets a key after a day; after that, the same request would be a new one.
    fn key_is_forgotten(&self) -> bool {
        let shared = &self.account.shared;
        shared.clock.now() - self.window.started_at >= shared.sending.ambiguity_limit()
    }

    fn expired(&self) -> End {
        match self.sent {
            Sent::No => not_sent(None),
            Sent::Perhaps => self.over(Fate::Unknown {
                code: "no_answer".to_owned(),
            }),
        }
    }

    fn give_way(&self, wait: Option<Duration>) -> End {
        match self.sent {
            Sent::No => not_sent(wait),
            Sent::Perhaps => End::InDoubt { wait },
        }
    }

    fn over(&self, fate: Fate) -> End {
        let recipients = self.window.recipients.clone();
        End::Over {
            outcomes: vec![Outcome { recipients, fate }],
            again: Vec::new(),
        }
    }
}

fn not_sent(wait: Option<Duration>) -> End {
    End::NotSent {
        outcomes: Vec::new(),
        wait,
    }
}
