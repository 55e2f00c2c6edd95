use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use broadcast_domain::{Correlation, Fate, Outcome, Recipients, Window};
use channels::meta;
use events::broadcasts::FailureClass;
use futures_util::{StreamExt as _, stream};
use tracing::info;
use vault::LookupKey;

use crate::{
    account::Account,
    answers::{Halt, Told, failed, told},
    one_by_one::{Addressee, Sender},
    queue::Ready,
    request::Request,
};

/// So many people whose request was wrong, and nobody whose was not, are all of them.
const WRONG_REQUESTS_MIN: usize = 3;

/// The calls of a window, one a person. Each is made once.
pub(crate) struct Calls<'a> {
    pub(crate) account: &'a Account,
    pub(crate) ready: &'a Ready,
    pub(crate) request: &'a Request,
    pub(crate) sender: &'a Sender,
    pub(crate) lookup: &'a LookupKey,
}

/// What came of a window.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Whoever has none was not sent to.
    pub(crate) outcomes: Vec<Outcome>,
    /// Those who were not sent to because of something about them that passes.
    pub(crate) later: Recipients,
    pub(crate) wait: Option<Duration>,
    pub(crate) halt: Option<Halt>,
    pub(crate) accepted: bool,
}

impl Calls<'_> {
    pub(crate) async fn make(&self, window: &Window) -> Made {
        let halt = Mutex::new(None);
        let places: Vec<u32> = window.recipients.iter().collect();
        let at_once = places.len().max(1);
        let calls = places.into_iter().map(|place| self.call(place, &halt));
        let mut ended: Vec<(u32, Told)> = stream::iter(calls)
            .buffer_unordered(at_once)
            .filter_map(std::future::ready)
            .collect()
            .await;
        ended.sort_unstable_by_key(|(place, _)| *place);
        let mut made = sum_up(ended);
        let halt = halt.into_inner();
        let halt = halt.unwrap_or_else(PoisonError::into_inner);
        made.halt = made.halt.or(halt);
        made
    }

    /// `None`: not called, since the account has halted.
    async fn call(&self, place: u32, halt: &Mutex<Option<Halt>>) -> Option<(u32, Told)> {
        if halted(halt) {
            return None;
        }
        self.account.turn().await;
        // Looked at last, since a process may have been stopped for long at any point before.
        if !self.account.may_send() {
            stop(halt, Halt::GiveWay);
        }
        if halted(halt) {
            return None;
        }
        let told = self.ask(place).await;
        match told {
            Told::Halt(why) => {
                stop(halt, why);
                None
            }
            Told::Settled(Fate::Unknown { .. }) => {
                stop(halt, Halt::Doubt);
                Some((place, told))
            }
            Told::Settled(_) | Told::WrongRequest { .. } | Told::Later { .. } => {
                Some((place, told))
            }
        }
    }

    async fn ask(&self, place: u32) -> Told {
        let correlation = Correlation {
            chunk_id: self.ready.chunk_id,
            place,
        };
        let to = Addressee {
            address: self.request.address(place),
            contact_id: self.request.contact(place),
            correlation,
            at: self.account.shared.clock.now(),
        };
        let sent = self.sender.send(&to).await;
        let Some(outcome) = sent else {
            let code = "recipient_malformed".to_owned();
            return Told::Settled(failed(FailureClass::Recipient, code));
        };
        if let meta::Outcome::Ambiguous { detail } = &outcome {
            info!(chunk.id = %self.ready.chunk_id, place, detail, "nobody can tell whether a message left");
        }
        told(outcome, |id| message_key(self.lookup, id))
    }
}

/// A channel's id of a message may hold a phone number, so that it is not kept as it is.
fn message_key(lookup: &LookupKey, channel_message_id: &str) -> String {
    let digest = lookup.message(channel_message_id);
    digest.iter().fold(String::new(), |mut key, byte| {
        // Writing to a string can't fail.
        _ = write!(key, "{byte:02x}");
        key
    })
}

fn halted(halt: &Mutex<Option<Halt>>) -> bool {
    let halt = halt.lock().unwrap_or_else(PoisonError::into_inner);
    halt.is_some()
}

/// The first reason counts, but for one that only waits.
fn stop(halt: &Mutex<Option<Halt>>, why: Halt) {
    let mut halt = halt.lock().unwrap_or_else(PoisonError::into_inner);
    match &*halt {
        None | Some(Halt::Wait { .. } | Halt::GiveWay | Halt::Doubt) => *halt = Some(why),
        Some(Halt::Pause { .. } | Halt::Stop { .. }) => {}
    }
}

fn sum_up(ended: Vec<(u32, Told)>) -> Made {
    let mut made = Made::default();
    let wrong = ended
        .iter()
        .filter(|(_, told)| matches!(told, Told::WrongRequest { .. }))
        .count();
    let all_wrong = wrong == ended.len() && wrong >= WRONG_REQUESTS_MIN;
    for (place, told) in ended {
        match told {
            Told::Settled(fate) => {
                made.accepted |= matches!(fate, Fate::Accepted { .. } | Fate::Held { .. });
                made.add(place, fate);
            }
            Told::WrongRequest { code, detail } => {
                let class = if all_wrong {
                    made.halt = Some(Halt::Stop {
                        code: code.clone(),
                        detail,
                    });
                    FailureClass::Content
                } else {
                    FailureClass::Recipient
                };
                made.add(place, failed(class, code));
            }
            Told::Later { wait } => {
                made.later = made.later.with(&only(place));
                made.wait = made.wait.max(wait);
            }
            // Taken by whoever asked.
            Told::Halt(_) => {}
        }
    }
    made
}

impl Made {
    fn add(&mut self, place: u32, fate: Fate) {
        let recipients = only(place);
        match self.outcomes.iter_mut().find(|other| other.fate == fate) {
            Some(other) => other.recipients = other.recipients.with(&recipients),
            None => self.outcomes.push(Outcome { recipients, fate }),
        }
    }
}

fn only(place: u32) -> Recipients {
    std::iter::once(place..place + 1).collect()
}
