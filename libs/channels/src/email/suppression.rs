//! Whom not to write to again.

use super::{
    address::EmailAddress,
    report::{BounceKind, ComplaintKind, MailReport, Told},
};

/// Somebody gets no more mail by this account, until a person decides otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Absent where the report does not tell: then only the correlation does.
    pub recipient: Option<EmailAddress>,
    pub reason: SuppressionReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuppressionReason {
    /// There is no such mailbox. Written to again and again, it costs the sender its name.
    HardBounce,
    /// "This is spam."
    Complaint,
    /// They asked their provider to be left out.
    OptOut,
}

/// What a report means for later mails. A soft bounce means nothing by itself, and one report lifts no other.
pub fn suppressions(report: &MailReport) -> Vec<Suppression> {
    match &report.told {
        Told::Bounces(bounces) => bounces
            .iter()
            .filter(|bounce| match bounce.kind {
                BounceKind::Hard => true,
                BounceKind::Soft | BounceKind::Delayed | BounceKind::Delivered => false,
            })
            .map(|bounce| Suppression {
                recipient: bounce.recipient.clone(),
                reason: SuppressionReason::HardBounce,
            })
            .collect(),
        Told::Complaint(complaint) => reason(complaint.kind)
            .map(|reason| Suppression {
                recipient: complaint.recipient.clone(),
                reason,
            })
            .into_iter()
            .collect(),
    }
}

fn reason(kind: ComplaintKind) -> Option<SuppressionReason> {
    match kind {
        // Of what else a person can mean by it, nothing is a wish for more mail.
        ComplaintKind::Abuse
        | ComplaintKind::Fraud
        | ComplaintKind::Virus
        | ComplaintKind::Other => Some(SuppressionReason::Complaint),
        ComplaintKind::OptOut => Some(SuppressionReason::OptOut),
        ComplaintKind::NotSpam => None,
    }
}

impl SuppressionReason {
    /// A stable name, for events and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::HardBounce => "hard_bounce",
            Self::Complaint => "complaint",
            Self::OptOut => "opt_out",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::report::{Bounce, Complaint};

    fn reasons(told: Told) -> Vec<&'static str> {
        let report = MailReport {
            correlation: None,
            told,
        };
        let found = suppressions(&report);
        found.iter().map(|it| it.reason.name()).collect()
    }

    #[test]
    fn only_a_mailbox_that_is_none_is_suppressed_for_bouncing() {
        let bounce = |kind| Bounce {
            recipient: None,
            kind,
            status: None,
            code: None,
        };
        for (kind, expected) in [
            (BounceKind::Hard, vec!["hard_bounce"]),
            (BounceKind::Soft, vec![]),
            (BounceKind::Delayed, vec![]),
            (BounceKind::Delivered, vec![]),
        ] {
            assert_eq!(
                reasons(Told::Bounces(vec![bounce(kind)])),
                expected,
                "{kind}"
            );
        }
        let both = vec![bounce(BounceKind::Soft), bounce(BounceKind::Hard)];
        assert_eq!(reasons(Told::Bounces(both)), ["hard_bounce"]);
    }

    #[test]
    fn every_complaint_is_heard_but_one_taken_back() {
        for (kind, expected) in [
            (ComplaintKind::Abuse, vec!["complaint"]),
            (ComplaintKind::Fraud, vec!["complaint"]),
            (ComplaintKind::Virus, vec!["complaint"]),
            (ComplaintKind::Other, vec!["complaint"]),
            (ComplaintKind::OptOut, vec!["opt_out"]),
            (ComplaintKind::NotSpam, vec![]),
        ] {
            let complaint = Complaint {
                kind,
                recipient: None,
            };
            assert_eq!(reasons(Told::Complaint(complaint)), expected, "{kind:?}");
        }
    }
}
