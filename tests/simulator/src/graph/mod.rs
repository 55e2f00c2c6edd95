//! What Messenger and WhatsApp have in common: Meta's Graph API, its errors, faults, journal and webhooks.

mod answer;
mod asset;
mod client;
mod control;
mod error;
mod faults;
mod journal;
mod posts;
mod request;
mod shape;
mod signature;
mod state;

pub(crate) use answer::{answer, is_graph_path};
pub(crate) use asset::{Access, Call, Gate};
pub(crate) use control::routes as control_routes;
pub(crate) use error::GraphError;
pub use error::Injected;
pub use faults::{GraphEndpoint, GraphFault, GraphFaultKind};
pub use journal::{GraphTotals, Received};
pub(crate) use journal::{Journal, Record};
pub use posts::{GraphPosted, PostPlan};
pub(crate) use posts::{Posting, deliver, posting};
pub(crate) use shape::{Shape, only, text_of};
pub(crate) use signature::id_from;
pub(crate) use state::Graph;
