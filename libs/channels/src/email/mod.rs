//! E-mail: mail out by SMTP, and what comes back of it.

mod address;
mod checks;
mod client;
mod compose;
mod connection;
mod detail;
mod fields;
mod headers;
mod limits;
mod message;
mod phase;
mod pool;
mod reply;
mod report;
mod rules;
mod stored;
mod suppression;

pub use address::{AddressError, EmailAddress};
pub use checks::check_content;
pub use client::{EmailClient, EmailSettings, Security, SettingsError};
pub use compose::{ComposeError, PreparedMail, compose};
pub use limits::{CORRELATION_BYTES_MAX, HTML_BYTES_MAX, REPORT_BYTES_MAX, SUBJECT_CHARS_MAX};
pub use message::{MailContent, Person, Sender, Unsubscribe};
pub use phase::Phase;
pub use reply::{EnhancedCode, Reply, classify};
pub use report::{
    Bounce, BounceKind, Complaint, ComplaintKind, MailReport, ReportError, Told, parse_report,
};
pub use stored::WrittenMail;
pub use suppression::{Suppression, SuppressionReason, suppressions};
