use chrono::{DateTime, TimeDelta, Utc};
use events::{broadcasts::ExclusionReason, segment::SubscriptionStatus};

/// How long after a person's last message Messenger takes what is not a utility template.
/// Source: Meta, "Send a Message", 2026-05-05.
pub const STANDARD_WINDOW: TimeDelta = TimeDelta::hours(24);

/// What sending to a person depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub status: SubscriptionStatus,
    /// The channel could address this person.
    pub address_valid: bool,
    /// `None`: never, as far as is known.
    pub last_interaction_at: Option<DateTime<Utc>>,
}

/// Who may be sent what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Everyone.
    None,
    /// Those who wrote within [`STANDARD_WINDOW`] of this moment.
    Standard { now: DateTime<Utc> },
}

impl Window {
    fn is_open(self, last_interaction_at: Option<DateTime<Utc>>) -> bool {
        match self {
            Self::None => true,
            Self::Standard { now } => {
                last_interaction_at.is_some_and(|at| now - at < STANDARD_WINDOW)
            }
        }
    }
}

/// Whether a person is sent to; if not, the one reason. The person's own wish comes first.
pub fn eligibility(person: Person, window: Window) -> Result<(), ExclusionReason> {
    match person.status {
        SubscriptionStatus::Blocked => return Err(ExclusionReason::Blocked),
        // What is not known is not consent, and `All` is of filters only.
        SubscriptionStatus::Unsubscribed
        | SubscriptionStatus::Unspecified
        | SubscriptionStatus::All => {
            return Err(ExclusionReason::Unsubscribed);
        }
        SubscriptionStatus::Subscribed => {}
    }
    if !person.address_valid {
        return Err(ExclusionReason::InvalidAddress);
    }
    if !window.is_open(person.last_interaction_at) {
        return Err(ExclusionReason::OutsideWindow);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ExclusionReason as Reason;
    use SubscriptionStatus as Status;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn each_reason_has_its_place() {
        let person = |status, address_valid| {
            let person = Person {
                status,
                address_valid,
                last_interaction_at: None,
            };
            eligibility(person, Window::None)
        };
        assert_eq!(person(Status::Subscribed, true), Ok(()));
        assert_eq!(
            person(Status::Subscribed, false),
            Err(Reason::InvalidAddress)
        );
        assert_eq!(
            person(Status::Unsubscribed, false),
            Err(Reason::Unsubscribed)
        );
        assert_eq!(person(Status::Unspecified, true), Err(Reason::Unsubscribed));
        assert_eq!(person(Status::Blocked, false), Err(Reason::Blocked));
    }

    #[test]
    fn a_window_is_open_for_24_hours_after_the_last_message() {
        let wrote = |ago: Option<TimeDelta>| {
            let person = Person {
                status: Status::Subscribed,
                address_valid: true,
                last_interaction_at: ago.map(|ago| NOW - ago),
            };
            eligibility(person, Window::Standard { now: NOW })
        };
        assert_eq!(wrote(Some(TimeDelta::zero())), Ok(()));
        assert_eq!(wrote(Some(TimeDelta::seconds(86_399))), Ok(()));
        assert_eq!(
            wrote(Some(TimeDelta::seconds(86_400))),
            Err(Reason::OutsideWindow)
        );
        assert_eq!(wrote(None), Err(Reason::OutsideWindow));
    }
}
