use serde::{Deserialize, Serialize};

use super::error::Injected;
use crate::draw::draw;

/// An endpoint of Graph that a fault can be kept to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphEndpoint {
    /// `/{id}/messages` and `/{id}/marketing_messages`.
    Messages,
    /// `/{id}/message_attachments` and `/{id}/media`.
    Media,
    /// `/{id}/message_templates`.
    Templates,
    /// Everything else.
    Node,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphFaultKind {
    /// Closes the connection; nothing was accepted.
    DropBeforeAccept,
    /// Accepts, then closes the connection without an answer.
    DropAfterAccept,
    /// Answers this error; nothing was accepted.
    Refuse(Injected),
    /// Accepts, and answers this error all the same, as 1/1357046 is documented to.
    RefuseAfterAccept(Injected),
    /// A status and a page of HTML; nothing was accepted.
    BrokenBeforeAccept { status: u16 },
    /// Accepts, then a status and a page of HTML.
    BrokenAfterAccept { status: u16 },
    /// Accepts at once, and answers only after this long.
    SlowAnswer { delay_ms: u64 },
    /// Accepts and begins to answer at once; the second half of the body comes after this long.
    SlowBody { delay_ms: u64 },
}

/// A fault, and which requests it befalls. Of several that would, the first does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphFault {
    pub kind: GraphFaultKind,
    /// Only at this page or phone number.
    #[serde(default)]
    pub id: Option<String>,
    /// `messages`, if none is named.
    #[serde(default)]
    pub endpoint: Option<GraphEndpoint>,
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

impl GraphFault {
    /// A fault at every send, to be narrowed down.
    pub fn new(kind: GraphFaultKind) -> Self {
        Self {
            kind,
            id: None,
            endpoint: None,
            skip: 0,
            count: None,
            probability: None,
        }
    }

    /// An error with this code, at every send.
    pub fn refuse(code: u32, subcode: Option<u32>) -> Self {
        Self::new(GraphFaultKind::Refuse(Injected {
            code,
            subcode,
            ..Injected::default()
        }))
    }

    #[must_use]
    pub fn at(mut self, endpoint: GraphEndpoint) -> Self {
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

    fn matches(&self, id: &str, endpoint: GraphEndpoint) -> bool {
        self.id.as_deref().is_none_or(|only| only == id)
            && self.endpoint.unwrap_or(GraphEndpoint::Messages) == endpoint
    }
}

/// The faults that are on. The nth request that matches always meets the same fate.
#[derive(Debug, Default)]
pub(crate) struct GraphFaults {
    seed: u64,
    faults: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: GraphFault,
    seen: u64,
    befallen: u64,
}

impl GraphFaults {
    pub(crate) fn new(seed: u64, faults: Vec<GraphFault>) -> Self {
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

    pub(crate) fn strike(&mut self, id: &str, endpoint: GraphEndpoint) -> Option<GraphFaultKind> {
        let seed = self.seed;
        self.faults
            .iter_mut()
            .enumerate()
            .filter(|(_, armed)| armed.fault.matches(id, endpoint))
            .find_map(|(at, armed)| armed.strike(seed, at))
    }
}

impl Armed {
    fn strike(&mut self, seed: u64, at: usize) -> Option<GraphFaultKind> {
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
