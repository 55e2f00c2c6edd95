//! Windows in which everyone has a call of their own, since everyone gets links of their own.
//!
//! The retry keys follow from the window's: whoever takes a window over makes the same calls under the same
//! keys, and LINE says who had theirs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use broadcast_domain::{Fate, Outcome};
use channels::Verdict;
use events::broadcasts::FailureClass;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{Attempts, End};
use crate::{
    account::To,
    backoff::backoff,
    broadcasts::Standing,
    verdict::{Next, Sent, next},
};

/// Calls of a window that are made at the same time.
const AT_ONCE: usize = 32;

impl Attempts<'_> {
    pub(super) async fn run_each(&mut self) -> anyhow::Result<End> {
        let everyone = self.window.recipients.iter();
        let mut people = People::new(everyone, self.sent);
        loop {
            if self.key_is_forgotten() {
                return Ok(people.expired());
            }
            let standing = self.account.standing(self.ready.broadcast_id).await?;
            let whom = match standing {
                Standing::Sending { resumed } => {
                    self.resumed = resumed;
                    people.open()
                }
                Standing::Held => return Ok(people.give_way(None)),
                // Of what is over, doubts are not left for good: the same requests tell.
                Standing::Over if people.doubts.is_empty() => return Ok(people.give_way(None)),
                Standing::Over if !self.account.is_connected().await? => {
                    return Ok(people.give_way(Some(backoff(u32::MAX))));
                }
                Standing::Over => people.doubts.iter().copied().collect(),
            };
            let answers = self.round(whom).await?;
            let Some(trouble) = self.learn(&mut people, answers) else {
                if people.all_have_outcomes() {
                    return Ok(people.over());
                }
                if !self.account.may_send() {
                    return Ok(people.give_way(None));
                }
                continue;
            };
            if let Some(end) = self.follow_trouble(trouble).await? {
                return Ok(people.give_way(wait_of(&end)));
            }
        }
    }

    /// A call for each, until one is in trouble that may be the others' as well.
    async fn round(&self, whom: Vec<u32>) -> anyhow::Result<Vec<(u32, Verdict)>> {
        let troubled = AtomicBool::new(false);
        let calls = whom.into_iter().map(|place| self.call(place, &troubled));
        stream::iter(calls)
            .buffer_unordered(AT_ONCE)
            .try_filter_map(|answered| std::future::ready(Ok(answered)))
            .try_collect()
            .await
    }

    /// `None`: not called.
    async fn call(
        &self,
        place: u32,
        troubled: &AtomicBool,
    ) -> anyhow::Result<Option<(u32, Verdict)>> {
        if troubled.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let secret = &self.account.shared.links.secret;
        let secret = secret.expose_secret().as_bytes();
        let verdict = match self.request.own_body(place, secret) {
            Ok(body) => {
                let (team_id, key) = (self.ready.team_id, own_key(self.window.retry_key, place));
                let answered = self.account.send_line(team_id, To::One, key, body).await?;
                let Some(verdict) = answered else {
                    troubled.store(true, Ordering::Relaxed);
                    return Ok(None);
                };
                verdict
            }
            Err(refusal) => refusal,
        };
        let alone = matches!(
            verdict,
            Verdict::Accepted { .. } | Verdict::RecipientInvalid { .. }
        );
        troubled.fetch_or(!alone, Ordering::Relaxed);
        Ok(Some((place, verdict)))
    }

    /// Writes down what was answered; what is in the way, if anything is.
    fn learn(&mut self, people: &mut People, answers: Vec<(u32, Verdict)>) -> Option<Next> {
        self.count = self.count.saturating_add(1);
        let mut trouble = None;
        for (place, verdict) in answers {
            if Sent::No.after(&verdict) == Sent::Perhaps {
                people.doubts.insert(place);
            }
            let failed = |class, code: &str| Fate::Failed {
                class,
                code: code.to_owned(),
            };
            match next(verdict, 1) {
                Next::Accept { request_id } => {
                    // The account does send: what fails next is not the same trouble.
                    self.count = 1;
                    let channel_request_id = request_id;
                    people.settle(place, Fate::Accepted { channel_request_id });
                }
                Next::Exclude { code, .. } => {
                    people.settle(place, failed(FailureClass::Recipient, code));
                }
                Next::Stop { code, detail } => {
                    people.settle(place, failed(FailureClass::Content, code));
                    trouble = Some(worse(trouble, Next::Stop { code, detail }));
                }
                other @ (Next::Halve
                | Next::Pause { .. }
                | Next::AskQuota { .. }
                | Next::Repeat { .. }) => {
                    people.put_last(place);
                    trouble = Some(worse(trouble, other));
                }
            }
        }
        trouble
    }

    /// `None`: on with those who are left. What ends says only how long to wait.
    async fn follow_trouble(&self, trouble: Next) -> anyhow::Result<Option<End>> {
        match trouble {
            Next::AskQuota { detail } => self.ask_quota(detail, 1).await.map(Some),
            Next::Stop { code, detail } => {
                let (team_id, broadcast_id) = (self.ready.team_id, self.ready.broadcast_id);
                let broadcasts = &self.account.shared.broadcasts;
                broadcasts.stop(team_id, broadcast_id, code, detail).await?;
                Ok(None)
            }
            Next::Pause { reason, detail } => self.pause(reason, detail).await.map(Some),
            Next::Repeat { why } => Ok(self.repeat(why).await),
            // Of one person there are no halves.
            Next::Halve | Next::Exclude { .. } | Next::Accept { .. } => Ok(None),
        }
    }
}

/// What is known of those in a window.
struct People {
    outcomes: BTreeMap<u32, Fate>,
    /// Those who may have been sent to.
    doubts: BTreeSet<u32>,
    /// Those without an outcome, in the order of their next calls.
    open: Vec<u32>,
}

impl People {
    fn new(everyone: impl Iterator<Item = u32>, sent: Sent) -> Self {
        let open: Vec<u32> = everyone.collect();
        Self {
            outcomes: BTreeMap::new(),
            doubts: match sent {
                Sent::No => BTreeSet::new(),
                Sent::Perhaps => open.iter().copied().collect(),
            },
            open,
        }
    }

    fn open(&self) -> Vec<u32> {
        self.open.clone()
    }

    fn settle(&mut self, place: u32, fate: Fate) {
        self.doubts.remove(&place);
        self.open.retain(|other| *other != place);
        self.outcomes.insert(place, fate);
    }

    /// So that nobody who is refused again and again holds up the others.
    fn put_last(&mut self, place: u32) {
        self.open.retain(|other| *other != place);
        self.open.push(place);
    }

    fn all_have_outcomes(&self) -> bool {
        self.open.is_empty()
    }

    /// Those who were not sent to are left. A doubt keeps the window open, and with it the keys.
    fn give_way(self, wait: Option<Duration>) -> End {
        if !self.doubts.is_empty() {
            return End::InDoubt { wait };
        }
        End::NotSent {
            outcomes: outcomes(self.outcomes),
            wait,
        }
    }

    fn expired(mut self) -> End {
        for place in std::mem::take(&mut self.doubts) {
            let code = "no_answer".to_owned();
            self.outcomes.insert(place, Fate::Unknown { code });
        }
        self.over()
    }

    fn over(self) -> End {
        End::Over {
            outcomes: outcomes(self.outcomes),
            again: Vec::new(),
        }
    }
}

/// Each person's own key: of the fourth version, which is what LINE expects.
fn own_key(window_key: Uuid, place: u32) -> Uuid {
    let digest = Uuid::new_v5(&window_key, &place.to_be_bytes());
    uuid::Builder::from_random_bytes(*digest.as_bytes()).into_uuid()
}

/// The same fates together. Each accepted call has a request of its own, which names nobody else.
fn outcomes(fates: BTreeMap<u32, Fate>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (place, fate) in fates {
        let recipients = std::iter::once(place..place.saturating_add(1)).collect();
        match outcomes.iter_mut().find(|other| other.fate == fate) {
            Some(other) => other.recipients = other.recipients.with(&recipients),
            None => outcomes.push(Outcome { recipients, fate }),
        }
    }
    outcomes
}

fn worse(one: Option<Next>, other: Next) -> Next {
    let weight = |next: &Next| match next {
        Next::Stop { .. } => 3,
        Next::Pause { .. } => 2,
        Next::AskQuota { .. } => 1,
        Next::Repeat { .. } | Next::Halve | Next::Exclude { .. } | Next::Accept { .. } => 0,
    };
    match one {
        Some(one) if weight(&one) >= weight(&other) => one,
        Some(_) | None => other,
    }
}

fn wait_of(end: &End) -> Option<Duration> {
    match end {
        End::NotSent { wait, .. } | End::InDoubt { wait } => *wait,
        End::Over { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_key_is_the_same_each_time_and_nobody_elses() {
        let window = Uuid::new_v4();
        let keys: BTreeSet<Uuid> = (0..500).map(|place| own_key(window, place)).collect();
        assert_eq!(keys.len(), 500);
        assert!(keys.iter().all(|key| key.get_version_num() == 4));
        assert_eq!(own_key(window, 7), own_key(window, 7));
        assert_ne!(own_key(Uuid::new_v4(), 7), own_key(window, 7));
    }
}
