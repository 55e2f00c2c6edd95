use std::{collections::HashSet, sync::Arc, time::Duration};

use uuid::Uuid;

/// Every accepted send, in order: four bytes a recipient, and each distinct body once.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    sends: Vec<Received>,
    bodies: HashSet<Arc<str>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Stands for the request id.
    pub(crate) request: u64,
    pub(crate) retry_key: Option<Uuid>,
    /// The `messages` array, as it was sent.
    pub(crate) messages: Arc<str>,
    pub(crate) messages_count: usize,
    pub(crate) at: Duration,
    /// The numbers of those who got it.
    pub(crate) to: Arc<[u32]>,
}

impl Journal {
    /// The one copy of a body.
    pub(crate) fn intern(&mut self, messages: &str) -> Arc<str> {
        if let Some(body) = self.bodies.get(messages) {
            return Arc::clone(body);
        }
        let body: Arc<str> = messages.into();
        self.bodies.insert(Arc::clone(&body));
        body
    }

    /// The index under which the send can be found again.
    pub(crate) fn record(&mut self, received: Received) -> usize {
        self.sends.push(received);
        self.sends.len() - 1
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Received> {
        self.sends.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Received> {
        self.sends.iter()
    }

    /// The sends from `index` on.
    pub(crate) fn since(&self, index: usize) -> &[Received] {
        self.sends.get(index..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.sends.len()
    }

    /// How often the person with the most copies of one body got it.
    pub(crate) fn copies_max(&self) -> u64 {
        // Bodies are interned: one address is one body.
        let body = |send: &Received| send.messages.as_ptr().addr();
        let mut got: Vec<(u32, usize)> = self
            .sends
            .iter()
            .flat_map(|send| send.to.iter().map(move |user| (*user, body(send))))
            .collect();
        got.sort_unstable();
        got.chunk_by(|a, b| a == b)
            .map(|same| same.len() as u64)
            .max()
            .unwrap_or(0)
    }
}
