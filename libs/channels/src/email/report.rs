//! What comes back: bounces (RFC 3464) and complaints (RFC 5965).

use std::fmt;

use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};

use super::{
    address::EmailAddress,
    fields::{Fields, groups},
    limits::{CORRELATION_BYTES_MAX, REPORT_BYTES_MAX},
    reply::EnhancedCode,
};

/// One report is about one of our mails; others may have been bundled by whoever sent it on.
const GROUPS_MAX: usize = 100;

/// A mail that tells what became of another. What is in it was written by strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReport {
    /// Which of our mails it is about: what `Person::correlation` was, to be checked as anything from outside.
    pub correlation: Option<String>,
    pub told: Told,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// One entry a recipient, never none.
    Bounces(Vec<Bounce>),
    Complaint(Complaint),
}

/// What happened to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// As we wrote it, where the report says so; else as the last server knew it.
    pub recipient: Option<EmailAddress>,
    pub kind: BounceKind,
    pub status: Option<EnhancedCode>,
    /// Of the reply that the mail was refused with.
    pub code: Option<u16>,
}

/// What a bounce means for later mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BounceKind {
    /// There is no such mailbox, and will be none.
    Hard,
    /// Not this mail: a full mailbox, a rule, a server that was away for days.
    Soft,
    /// Not yet; the server goes on trying.
    Delayed,
    Delivered,
}

/// Somebody pressed "this is spam", or something like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    pub kind: ComplaintKind,
    /// Many providers leave it out, or black it out.
    pub recipient: Option<EmailAddress>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComplaintKind {
    Abuse,
    Fraud,
    Virus,
    /// They want no more of it, and say so politely.
    OptOut,
    /// A complaint taken back.
    NotSpam,
    Other,
}

/// Why a mail is not taken as a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    #[error("the mail has {bytes} bytes, more than {REPORT_BYTES_MAX}")]
    TooLarge { bytes: usize },
    #[error("this is no mail")]
    NotMail,
    /// An answer of a person, of a machine, or a bounce in words alone.
    #[error("the mail is neither a bounce (RFC 3464) nor a complaint (RFC 5965)")]
    NotAReport,
}

/// Reads a raw mail that came to the return path, or from a provider's feedback loop.
pub fn parse_report(raw: &[u8]) -> Result<MailReport, ReportError> {
    if raw.len() > REPORT_BYTES_MAX {
        return Err(ReportError::TooLarge { bytes: raw.len() });
    }
    let mail = MessageParser::default()
        .parse(raw)
        .ok_or(ReportError::NotMail)?;
    let complaint = part(&mail, "feedback-report").and_then(|text| complaint(&text));
    let told = complaint
        .map(Told::Complaint)
        .or_else(|| part(&mail, "delivery-status").and_then(|text| bounces(&text)))
        .ok_or(ReportError::NotAReport)?;
    Ok(MailReport {
        correlation: correlation(&mail),
        told,
    })
}

/// The first part of type `message/{subtype}`, as text.
fn part(mail: &Message<'_>, subtype: &str) -> Option<String> {
    let is_it = |kind: &mail_parser::ContentType<'_>| {
        kind.ctype().eq_ignore_ascii_case("message")
            && kind
                .subtype()
                .is_some_and(|it| it.eq_ignore_ascii_case(subtype))
    };
    let part = mail
        .parts
        .iter()
        .find(|part| part.content_type().is_some_and(is_it))?;
    Some(String::from_utf8_lossy(part.contents()).into_owned())
}

fn bounces(text: &str) -> Option<Told> {
    let bounces: Vec<Bounce> = groups(text, GROUPS_MAX).iter().filter_map(bounce).collect();
    (!bounces.is_empty()).then_some(Told::Bounces(bounces))
}

/// The first group is about the report; those after it have an action each.
fn bounce(fields: &Fields) -> Option<Bounce> {
    let action = fields.text("Action")?.to_ascii_lowercase();
    let (code, diagnosed) = diagnosis(fields.value("Diagnostic-Code").unwrap_or_default());
    let status = fields.text("Status").and_then(first_word);
    let status: Option<EnhancedCode> = status.and_then(|word| word.parse().ok());
    // Many write 5.0.0 and tell the reason in the diagnosis alone.
    let status = match (status, diagnosed) {
        (Some(vague), Some(precise)) if vague.subject == 0 && vague.detail == 0 => Some(precise),
        (None, diagnosed) => diagnosed,
        (status, _) => status,
    };
    let kind = match action.split_whitespace().next()? {
        "failed" => failed(status, code),
        "delayed" => BounceKind::Delayed,
        // Further than that nobody tells.
        "delivered" | "relayed" | "expanded" => BounceKind::Delivered,
        _ => return None,
    };
    let recipient = ["Original-Recipient", "Final-Recipient"]
        .into_iter()
        .filter_map(|field| fields.value(field))
        .find_map(address);
    Some(Bounce {
        recipient,
        kind,
        status,
        code,
    })
}

/// Only what says that the mailbox does not exist ends it for good.
fn failed(status: Option<EnhancedCode>, code: Option<u16>) -> BounceKind {
    let hard = match status {
        Some(status) => {
            let dead = [(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)];
            status.class == 5 && dead.contains(&(status.subject, status.detail))
        }
        None => matches!(code, Some(550 | 551 | 553 | 556)),
    };
    if hard {
        BounceKind::Hard
    } else {
        BounceKind::Soft
    }
}

/// `smtp; 550-5.1.1 The email account …`: the reply's code and its enhanced one.
fn diagnosis(text: &str) -> (Option<u16>, Option<EnhancedCode>) {
    let mut words = text.split([' ', '-', '\t']).filter(|word| !word.is_empty());
    let mut next = words.next();
    let code = next
        .filter(|word| word.len() == 3)
        .and_then(|word| word.parse().ok());
    let code: Option<u16> = code.filter(|code| (400..=599).contains(code));
    if code.is_some() {
        next = words.next();
    }
    let enhanced = next.and_then(|word| word.trim_start_matches('#').parse().ok());
    (code, enhanced)
}

fn complaint(text: &str) -> Option<Complaint> {
    let groups = groups(text, GROUPS_MAX);
    let find = |name| groups.iter().find_map(|group| group.text(name));
    let kind = match find("Feedback-Type")?.to_ascii_lowercase().as_str() {
        "abuse" => ComplaintKind::Abuse,
        "fraud" => ComplaintKind::Fraud,
        "virus" => ComplaintKind::Virus,
        "opt-out" | "opt-out-list" => ComplaintKind::OptOut,
        "not-spam" => ComplaintKind::NotSpam,
        _ => ComplaintKind::Other,
    };
    let recipient = ["Original-Rcpt-To", "Removal-Recipient"]
        .into_iter()
        .filter_map(find)
        .find_map(address);
    Some(Complaint { kind, recipient })
}

/// From the address that it came to; else from the mail that it brings back.
fn correlation(mail: &Message<'_>) -> Option<String> {
    let to = mail.to().and_then(|to| to.first());
    let to = to.and_then(|to| to.address.as_deref());
    to.and_then(tag)
        .or_else(|| original(mail).as_deref().and_then(id_of))
}

/// `bounces+abc@example.com`.
fn tag(address: &str) -> Option<String> {
    let (local, _) = address.split_once('@')?;
    let (_, tag) = local.rsplit_once('+')?;
    ours(tag)
}

/// The `Message-ID` of the mail that was sent back, or of its headers.
fn original(mail: &Message<'_>) -> Option<String> {
    mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(original) => original.message_id().map(str::to_owned),
        PartType::Text(text) => {
            let kind = part.content_type()?;
            let headers = kind
                .subtype()
                .is_some_and(|subtype| subtype.eq_ignore_ascii_case("rfc822-headers"));
            let all = groups(text, 1);
            let id = all.first()?.text("Message-ID")?;
            headers.then(|| id.trim_matches(['<', '>', ' ']).to_owned())
        }
        PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Multipart(_) => None,
    })
}

fn id_of(message_id: &str) -> Option<String> {
    message_id.split_once('@').and_then(|(id, _)| ours(id))
}

/// Of our form, in whatever case a server has made of it.
fn ours(text: &str) -> Option<String> {
    let fits = (1..=CORRELATION_BYTES_MAX).contains(&text.len());
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (fits && plain).then(|| text.to_ascii_lowercase())
}

fn address(text: &str) -> Option<EmailAddress> {
    text.trim_matches(['<', '>', ' ', '"']).parse().ok()
}

fn first_word(text: &str) -> Option<&str> {
    text.split_whitespace().next()
}

impl BounceKind {
    /// A stable name, for events and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hard => "hard_bounce",
            Self::Soft => "soft_bounce",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
        }
    }
}

impl fmt::Display for BounceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
