use chrono::{DateTime, Utc};
use events::broadcasts::{self, ChunkStored};
use uuid::Uuid;

use super::{Recipients, Status, progress::Told};

/// One call's worth of people. Its version fences off all but one of those who would send to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Chunk {
    #[default]
    Absent,
    /// Somebody has no outcome yet, and nobody is being sent to.
    Waiting(Ledger),
    /// The open window's recipients may have been sent to.
    Sending { ledger: Ledger, window: Window },
    /// Everyone has an outcome.
    Settled(Ledger),
}

/// The people of a chunk and the windows that are over.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub(super) stored: ChunkStored,
    /// Those without an outcome, the open window's among them.
    pub(super) unsettled: Recipients,
    /// Window 1 first.
    pub(super) closed: Vec<ClosedWindow>,
    pub(super) told: Told,
    /// How often anybody began, took over or settled a window.
    pub(super) turns: u32,
}

/// A window that was started and not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// From 1.
    pub number: u32,
    pub recipients: Recipients,
    pub retry_key: Uuid,
    pub started_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClosedWindow {
    /// None where the window was never started.
    pub(super) retry_key: Option<Uuid>,
    pub(super) outcomes: Vec<broadcasts::Outcome>,
}

impl Chunk {
    /// Those who have no final outcome, the open window's among them.
    #[must_use]
    pub fn unsettled(&self) -> Recipients {
        match self {
            Self::Absent | Self::Settled(_) => Recipients::default(),
            Self::Waiting(ledger) | Self::Sending { ledger, .. } => ledger.unsettled.clone(),
        }
    }

    #[must_use]
    pub fn open_window(&self) -> Option<&Window> {
        match self {
            Self::Sending { window, .. } => Some(window),
            Self::Absent | Self::Waiting(_) | Self::Settled(_) => None,
        }
    }

    /// Grows with each window that is begun, taken over or settled, and with nothing else: whoever sends
    /// goes on as long as nobody else has had a turn.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.ledger().map_or(0, |ledger| ledger.turns)
    }

    /// Where the recipient at this place stands. `None`: nothing is known yet.
    #[must_use]
    pub fn status(&self, place: u32) -> Option<Status> {
        self.ledger()?.status(place)
    }

    fn ledger(&self) -> Option<&Ledger> {
        match self {
            Self::Absent => None,
            Self::Waiting(ledger) | Self::Settled(ledger) | Self::Sending { ledger, .. } => {
                Some(ledger)
            }
        }
    }

    /// Windows that were started or settled so far.
    #[must_use]
    pub fn windows(&self) -> u32 {
        match self {
            Self::Absent => 0,
            Self::Waiting(ledger) | Self::Settled(ledger) => ledger.next_window() - 1,
            Self::Sending { ledger, .. } => ledger.next_window(),
        }
    }
}

impl Ledger {
    pub(super) fn new(stored: ChunkStored) -> Self {
        let ledger = Self {
            unsettled: Recipients::default(),
            stored,
            closed: Vec::new(),
            told: Told::default(),
            turns: 0,
        };
        Self {
            unsettled: Recipients::first(ledger.people()),
            ..ledger
        }
    }

    pub(super) fn people(&self) -> u32 {
        let people = events::ids(&self.stored.contact_ids).len();
        u32::try_from(people).unwrap_or(u32::MAX)
    }

    pub(super) fn turn(mut self) -> Self {
        self.turns = self.turns.saturating_add(1);
        self
    }

    /// Those of these contacts who have no outcome.
    pub(super) fn unsettled_of(&self, contact_ids: &[Uuid]) -> Recipients {
        let places = events::ids(&self.stored.contact_ids).zip(0_u32..);
        let others: Recipients = places
            .filter(|(contact_id, _)| !contact_ids.contains(contact_id))
            .map(|(_, place)| place..place + 1)
            .collect();
        self.unsettled.without(&others)
    }

    pub(super) fn next_window(&self) -> u32 {
        u32::try_from(self.closed.len()).map_or(u32::MAX, |closed| closed.saturating_add(1))
    }

    pub(super) fn closed(&self, window: u32) -> Option<&ClosedWindow> {
        let index = usize::try_from(window.checked_sub(1)?).ok()?;
        self.closed.get(index)
    }

    pub(super) fn knows_key(&self, retry_key: Uuid) -> bool {
        self.closed
            .iter()
            .any(|window| window.retry_key == Some(retry_key))
    }

    /// The window is over, with these outcomes.
    pub(super) fn close(mut self, closed: ClosedWindow) -> Chunk {
        let settled = closed
            .outcomes
            .iter()
            .flat_map(|outcome| &outcome.recipients);
        self.unsettled = self.unsettled.without(&Recipients::from_ranges(settled));
        self.closed.push(closed);
        if self.unsettled.is_empty() {
            Chunk::Settled(self)
        } else {
            Chunk::Waiting(self)
        }
    }
}
