use super::address::EmailAddress;

/// What everybody gets alike. Both parts say the same: many people's programs show no HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailContent {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Whom mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub from: EmailAddress,
    /// Shown instead of the address.
    pub from_name: Option<String>,
    pub reply_to: Option<EmailAddress>,
    /// Where bounces go: `bounces@example.com` becomes `bounces+CORRELATION@example.com` for each person.
    pub return_path: EmailAddress,
    /// Gmail's `Feedback-ID`, by which its figures of complaints are told apart: `campaign:customer:type:sender`.
    pub feedback_id: Option<String>,
}

/// The one whom a mail is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub address: EmailAddress,
    /// Ours, and opaque: a-z and 0-9, since servers on the way change the case of what is before an `@`.
    pub correlation: String,
    pub unsubscribe: Unsubscribe,
}

/// How this person leaves with one click (RFC 8058), and by mail where somebody reads it (RFC 2369).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Takes a POST that needs neither a cookie nor another question.
    pub url: String,
    pub mail_to: Option<EmailAddress>,
}
