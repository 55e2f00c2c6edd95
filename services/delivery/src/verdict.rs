//! What an answer means for a window. Pure.

use channels::Verdict;
use events::broadcasts::PauseReason;

/// What is to be done after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Everyone in the window has the message.
    Accept { request_id: String },
    /// Nobody was sent to, because of the one at this index.
    Exclude { index: usize, code: &'static str },
    /// Nobody was sent to, because of somebody.
    Halve,
    /// Nobody was sent to, and nobody will be with this content.
    Stop { code: &'static str, detail: String },
    /// The account can't send until a person has mended it.
    Pause { reason: PauseReason, detail: String },
    /// The month is used up, or only reserved: ask which.
    AskQuota { detail: String },
    /// The same bytes under the same key, after a while.
    Repeat { why: &'static str },
}

/// What is known of a window's attempts so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Every attempt was refused, or there was none: nobody has the message.
    No,
    /// An attempt may have reached the channel unanswered.
    Perhaps,
}

impl Sent {
    /// With this attempt's answer added.
    ///
    /// A refusal does not take a doubt back: a token, a rate and a quota are looked at before the retry
    /// key is, so that an attempt can be refused though an earlier one was accepted.
    pub(crate) fn after(self, verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Ambiguous { .. } => Self::Perhaps,
            Verdict::Accepted { .. }
            | Verdict::RecipientInvalid { .. }
            | Verdict::ContentRefused { .. }
            | Verdict::AccountRefused { .. }
            | Verdict::QuotaExceeded { .. }
            | Verdict::Throttled { .. }
            | Verdict::Transient { .. } => self,
        }
    }
}

/// What follows from the answer to a request for `people`.
///
/// A refusal of the recipients or the content is final even after an attempt that nobody answered: the
/// bytes are the same, so that had they been accepted, the answer would now be 409.
pub(crate) fn next(verdict: Verdict, people: u32) -> Next {
    match verdict {
        Verdict::Accepted { request_id, .. } => Next::Accept {
            request_id: request_id.unwrap_or_default(),
        },
        Verdict::RecipientInvalid {
            index: Some(index),
            code,
            ..
        } if index < people as usize => Next::Exclude { index, code },
        Verdict::RecipientInvalid { code, .. } if people == 1 => Next::Exclude { index: 0, code },
        Verdict::RecipientInvalid { .. } => Next::Halve,
        Verdict::ContentRefused { code, detail } => Next::Stop { code, detail },
        Verdict::AccountRefused { detail, .. } => Next::Pause {
            reason: PauseReason::Credentials,
            detail,
        },
        Verdict::QuotaExceeded { detail } => Next::AskQuota { detail },
        Verdict::Throttled { .. } => Next::Repeat { why: "throttled" },
        Verdict::Transient { .. } => Next::Repeat { why: "unreachable" },
        Verdict::Ambiguous { .. } => Next::Repeat { why: "ambiguous" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: u32 = 3;

    fn detail() -> String {
        "detail".to_owned()
    }

    fn blamed(index: Option<usize>) -> Verdict {
        Verdict::RecipientInvalid {
            index,
            code: "recipient_invalid",
            detail: detail(),
        }
    }

    #[test]
    fn a_repeat_that_was_accepted_before_is_as_good_as_an_accepted_one() {
        for repeated in [false, true] {
            let verdict = Verdict::Accepted {
                request_id: Some("r".to_owned()),
                repeated,
            };
            let request_id = "r".to_owned();
            assert_eq!(next(verdict, PEOPLE), Next::Accept { request_id });
        }
    }

    #[test]
    fn whoever_is_blamed_is_left_out() {
        let out = |index| Next::Exclude {
            index,
            code: "recipient_invalid",
        };
        assert_eq!(next(blamed(Some(2)), PEOPLE), out(2));
        assert_eq!(next(blamed(None), 1), out(0));
        assert_eq!(next(blamed(Some(7)), 1), out(0));
    }

    #[test]
    fn whoever_is_blamed_without_a_name_is_looked_for() {
        assert_eq!(next(blamed(None), PEOPLE), Next::Halve);
        assert_eq!(next(blamed(Some(3)), PEOPLE), Next::Halve);
    }

    #[test]
    fn only_what_a_person_must_mend_stops_or_pauses() {
        let (code, text) = ("content_invalid", detail());
        let content = Verdict::ContentRefused { code, detail: text };
        let detail = detail();
        assert!(matches!(next(content, PEOPLE), Next::Stop { .. }));
        let code = "unauthorized";
        let account = Verdict::AccountRefused {
            code,
            detail: detail.clone(),
        };
        let reason = PauseReason::Credentials;
        let pause = Next::Pause {
            reason,
            detail: detail.clone(),
        };
        assert_eq!(next(account, PEOPLE), pause);
        let quota = Verdict::QuotaExceeded {
            detail: detail.clone(),
        };
        assert_eq!(next(quota, PEOPLE), Next::AskQuota { detail });
    }

    #[test]
    fn a_doubt_stays_whatever_is_answered_later() {
        let detail = detail();
        let ambiguous = Verdict::Ambiguous {
            detail: detail.clone(),
        };
        assert!(matches!(
            next(ambiguous.clone(), PEOPLE),
            Next::Repeat { .. }
        ));
        let sent = Sent::No.after(&ambiguous);
        assert_eq!(sent, Sent::Perhaps);
        for verdict in [
            Verdict::Throttled {
                detail: detail.clone(),
            },
            Verdict::Transient {
                detail: detail.clone(),
            },
            Verdict::QuotaExceeded {
                detail: detail.clone(),
            },
            Verdict::AccountRefused {
                code: "unauthorized",
                detail,
            },
        ] {
            assert_eq!(Sent::No.after(&verdict), Sent::No);
            assert_eq!(sent.after(&verdict), Sent::Perhaps);
        }
    }
}
