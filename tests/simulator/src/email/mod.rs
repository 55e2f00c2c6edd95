//! E-mail: an SMTP server that is as strict as a careful one, and tells what it got.

mod client;
mod commands;
mod control;
mod faults;
mod mail;
mod reports;
mod session;
mod settings;
mod state;
mod wire;

pub(crate) use control::routes as control_routes;
pub(crate) use session::serve;
pub(crate) use state::MailServer;

pub use faults::{MailFault, MailFaultKind, MailPhase};
pub use reports::{MailReportKind, MailReported};
pub use settings::{MailSettings, MailboxState};
pub use state::{MailDelivery, MailTotals};
