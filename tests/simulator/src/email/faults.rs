use serde::{Deserialize, Serialize};

use crate::draw::draw;

/// Where in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailPhase {
    /// Before the greeting.
    Connect,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the mail and its last dot.
    End,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailFaultKind {
    /// Answers this; nothing is taken. 421 also hangs up.
    Reply { code: u16, text: String },
    /// Hangs up instead of answering; nothing is taken.
    Drop,
    /// Takes the mail, then hangs up without a word. At `End` alone.
    DropAfterAccept,
    /// Takes the mail, and answers this all the same. At `End` alone.
    ReplyAfterAccept { code: u16, text: String },
    /// Answers after this long; a mail is taken at once.
    Slow { delay_ms: u64 },
    /// Reads so many bytes of the mail, and hangs up. At `Data` alone.
    DropInMail { bytes: usize },
}

/// A fault, and what it befalls. Of several that would, the first does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailFault {
    pub kind: MailFaultKind,
    pub phase: MailPhase,
    /// Lets this many pass first.
    #[serde(default)]
    pub skip: u64,
    /// Befalls at most this many.
    #[serde(default)]
    pub count: Option<u64>,
    /// 1 unless set.
    #[serde(default)]
    pub probability: Option<f64>,
}

impl MailFault {
    /// A fault each time, to be narrowed down.
    pub fn new(phase: MailPhase, kind: MailFaultKind) -> Self {
        Self {
            kind,
            phase,
            skip: 0,
            count: None,
            probability: None,
        }
    }

    /// This reply each time.
    pub fn reply(phase: MailPhase, code: u16, text: &str) -> Self {
        let text = text.to_owned();
        Self::new(phase, MailFaultKind::Reply { code, text })
    }

    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    #[must_use]
    pub fn skipping(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }
}

/// The faults that are on. The nth that matches always meets the same fate.
#[derive(Debug, Default)]
pub(super) struct MailFaults {
    seed: u64,
    faults: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: MailFault,
    seen: u64,
    befallen: u64,
}

impl MailFaults {
    pub(super) fn new(seed: u64, faults: Vec<MailFault>) -> Self {
        let arm = |fault| Armed {
            fault,
            seen: 0,
            befallen: 0,
        };
        Self {
            seed,
            faults: faults.into_iter().map(arm).collect(),
        }
    }

    pub(super) fn strike(&mut self, phase: MailPhase) -> Option<MailFaultKind> {
        let seed = self.seed;
        self.faults
            .iter_mut()
            .enumerate()
            .filter(|(_, armed)| armed.fault.phase == phase)
            .find_map(|(at, armed)| armed.strike(seed, at))
    }
}

impl Armed {
    fn strike(&mut self, seed: u64, at: usize) -> Option<MailFaultKind> {
        self.seen += 1;
        let due = self.seen > self.fault.skip
            && self.fault.count.is_none_or(|count| self.befallen < count)
            && self.fault.probability.is_none_or(|probability| {
                let parts: [&[u8]; 2] = [&at.to_le_bytes(), &self.seen.to_le_bytes()];
                draw(seed, &parts) < probability
            });
        if !due {
            return None;
        }
        self.befallen += 1;
        Some(self.fault.kind.clone())
    }
}
