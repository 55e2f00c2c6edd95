//! What LINE knows of one channel.

mod bucket;
mod journal;
mod month;
mod retry_keys;
mod settings;
mod state;
mod totals;
mod units;
mod users;

pub(crate) use bucket::Bucket;
pub(crate) use journal::Received;
pub use settings::{ChannelSettings, NonexistentMode, RateLimit};
pub(crate) use state::{Acceptance, Channel};
pub use totals::{Outcome, Totals};
pub use users::{Population, UserState};
