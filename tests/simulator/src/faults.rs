use serde::{Deserialize, Serialize};

use crate::{draw::draw, endpoint::Endpoint};

/// A fault, and which requests it befalls. Of several that would, the first does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub kind: FaultKind,
    /// Only at this channel.
    #[serde(default)]
    pub channel: Option<String>,
    /// Only at this endpoint; at both that send, if none is named.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// Lets this many matching requests pass first.
    #[serde(default)]
    pub skip: u64,
    /// Befalls at most this many requests.
    #[serde(default)]
    pub count: Option<u64>,
    /// Befalls each matching request with this probability: 1 unless set.
    #[serde(default)]
    pub probability: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Closes the connection; nothing was delivered.
    DropBeforeAccept,
    /// Delivers, then closes the connection without an answer.
    DropAfterAccept,
    /// 500; nothing was delivered.
    ErrorBeforeAccept,
    /// Delivers, then answers 500.
    ErrorAfterAccept,
    /// Delivers at once, and answers only after this long.
    SlowAnswer { delay_ms: u64 },
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 429 in the words of the rate limit.
    RateLimited,
    /// 429 in the words of the monthly limit.
    MonthlyLimit,
    /// This status in LINE's form, with a message that LINE does not document; nothing was delivered.
    Refuse { status: u16 },
    /// This status with a page of HTML, as something between might answer; nothing was delivered.
    Broken { status: u16 },
    /// 400 that blames `messages[0].text`, as LINE does for what it alone can know.
    MessagesRefused,
}

impl Fault {
    /// A fault at every send, to be narrowed down.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            channel: None,
            endpoint: None,
            skip: 0,
            count: None,
            probability: None,
        }
    }

    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
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

    fn matches(&self, channel: &str, endpoint: Endpoint) -> bool {
        self.channel.as_deref().is_none_or(|only| only == channel)
            && self
                .endpoint
                .map_or(endpoint.sends(), |only| only == endpoint)
    }
}

/// The faults that are on. The nth request that matches always meets the same fate.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    seed: u64,
    faults: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: u64,
    befallen: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64, faults: Vec<Fault>) -> Self {
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

    /// What befalls the next request, if anything.
    pub(crate) fn strike(&mut self, channel: &str, endpoint: Endpoint) -> Option<FaultKind> {
        let seed = self.seed;
        self.faults
            .iter_mut()
            .enumerate()
            .filter(|(_, armed)| armed.fault.matches(channel, endpoint))
            .find_map(|(at, armed)| armed.strike(seed, at))
    }
}

impl Armed {
    fn strike(&mut self, seed: u64, at: usize) -> Option<FaultKind> {
        self.seen += 1;
        let due = self.seen > self.fault.skip
            && self.fault.count.is_none_or(|count| self.befallen < count)
            && self.fault.probability.is_none_or(|probability| {
                draw(seed, &[&at.to_le_bytes(), &self.seen.to_le_bytes()]) < probability
            });
        if !due {
            return None;
        }
        self.befallen += 1;
        Some(self.fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(seed: u64) -> Vec<u32> {
        let fault = Fault::new(FaultKind::DropAfterAccept).with_probability(0.3);
        let mut faults = Faults::new(seed, vec![fault.times(5).skipping(2)]);
        (0..100)
            .filter(|_| faults.strike("a", Endpoint::Multicast).is_some())
            .collect()
    }

    #[test]
    fn a_seed_decides_which_requests_are_struck() {
        assert_eq!(struck(1), struck(1));
        assert_ne!(struck(1), struck(2));
        assert_eq!(struck(1).len(), 5);
        assert!(struck(1).iter().all(|nth| *nth >= 2));
    }
}
