use events::{broadcasts::ExclusionReason, segment::SubscriptionStatus};

/// What sending to a person depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub status: SubscriptionStatus,
    /// The channel could address this person.
    pub address_valid: bool,
}

/// Whether a person is sent to; if not, the one reason. The person's own wish comes first.
pub fn eligibility(person: Person) -> Result<(), ExclusionReason> {
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use ExclusionReason as Reason;
    use SubscriptionStatus as Status;

    use super::*;

    #[test]
    fn each_reason_has_its_place() {
        let person = |status, address_valid| {
            eligibility(Person {
                status,
                address_valid,
            })
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
}
