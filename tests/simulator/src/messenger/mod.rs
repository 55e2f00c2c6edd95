//! Messenger: pages, what they send, and what comes of it.

mod attachment;
mod events;
mod message;
mod page;
mod settings;
mod utility;

pub use events::{PageEvent, PagePlan};
pub(crate) use page::Page;
pub use settings::{PageSettings, PersonState};
