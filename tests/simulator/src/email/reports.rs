//! Mails that come back: bounces as Postfix writes them, complaints as feedback loops do.

use serde::{Deserialize, Serialize};

use super::{settings::MailboxState, state::MailDelivery};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailReportKind {
    HardBounce,
    SoftBounce,
    Complaint,
}

/// A report about one delivery, and what its posting was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailReported {
    pub kind: MailReportKind,
    /// Whom the mail was for.
    pub about: String,
    /// The report, as a mail.
    pub raw: String,
    /// Absent if there is no `report_url`, or nobody answered.
    pub status: Option<u16>,
}

/// The report that a mailbox in this state sends.
pub(super) fn report(state: MailboxState, delivery: &MailDelivery) -> Option<MailReported> {
    let (kind, raw) = match state {
        MailboxState::BouncesHard => (
            MailReportKind::HardBounce,
            bounce(
                delivery,
                "5.1.1",
                "550 5.1.1 The email account does not exist",
            ),
        ),
        MailboxState::BouncesSoft => (
            MailReportKind::SoftBounce,
            bounce(
                delivery,
                "4.4.7",
                "421 4.4.7 The server could not be reached for 5 days",
            ),
        ),
        MailboxState::Complains => (MailReportKind::Complaint, complaint(delivery)),
        MailboxState::Exists
        | MailboxState::NoSuchUser
        | MailboxState::Disabled
        | MailboxState::Full
        | MailboxState::Greylists => return None,
    };
    Some(MailReported {
        kind,
        about: delivery.to.clone(),
        raw,
        status: None,
    })
}

fn bounce(delivery: &MailDelivery, status: &str, said: &str) -> String {
    let MailDelivery {
        mail_from,
        to,
        queue_id,
        ..
    } = delivery;
    let text = format!(
        "Content-Type: text/plain; charset=us-ascii\n\nYour message could not be delivered to\n<{to}>: {said}\n"
    );
    let told = format!(
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; simulator.invalid\nX-Postfix-Queue-ID: {queue_id}\n\nFinal-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: failed\nStatus: {status}\nRemote-MTA: dns; mx.simulator.invalid\nDiagnostic-Code: smtp; {said}\n"
    );
    let back = format!("Content-Type: text/rfc822-headers\n\n{}", headers(delivery));
    mail(
        &format!(
            "From: MAILER-DAEMON@simulator.invalid (Mail Delivery System)\nTo: {mail_from}\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied"
        ),
        "delivery-status",
        &[text, told, back],
    )
}

fn complaint(delivery: &MailDelivery) -> String {
    let MailDelivery { mail_from, to, .. } = delivery;
    let text = "Content-Type: text/plain\n\nThis is an abuse report.\n".to_owned();
    let told = format!(
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Simulator/1.0\nVersion: 1\nOriginal-Mail-From: <{mail_from}>\nOriginal-Rcpt-To: <{to}>\nSource-IP: 127.0.0.1\n"
    );
    let back = format!(
        "Content-Type: message/rfc822\n\n{}",
        delivery.raw.replace("\r\n", "\n")
    );
    mail(
        "From: feedback@simulator.invalid\nTo: fbl@example.com\nSubject: Complaint about message",
        "feedback-report",
        &[text, told, back],
    )
}

fn headers(delivery: &MailDelivery) -> String {
    let head = delivery.raw.split("\r\n\r\n").next().unwrap_or_default();
    format!("{}\n", head.replace("\r\n", "\n"))
}

fn mail(headers: &str, kind: &str, parts: &[String]) -> String {
    let mut mail = format!(
        "{headers}\nDate: Fri, 15 Jan 2027 08:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary=\"=_report\"\n\n"
    );
    for part in parts {
        mail.push_str("--=_report\n");
        mail.push_str(part);
        mail.push('\n');
    }
    mail.push_str("--=_report--\n");
    mail.replace('\n', "\r\n")
}
