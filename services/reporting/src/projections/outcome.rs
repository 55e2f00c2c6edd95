use chrono::{DateTime, Utc};

use crate::outcome_status::{self as status, told};

/// What became of a person: by the ledger, and by what the channel told afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// As `outcome_runs.status` has it, with everything that was told.
    pub(crate) status: i16,
    pub(crate) failure_class: i16,
    pub(crate) code: String,
    /// As `outcome_runs.told` has it: the furthest.
    pub(crate) told: i16,
    pub(crate) settled_at: Option<DateTime<Utc>>,
}

/// What the ledger, or the channel, says of some people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Of the ledger a status; of the channel how far it got.
    pub(crate) what: i16,
    pub(crate) failure_class: i16,
    pub(crate) code: String,
}

impl Outcome {
    /// After the ledger has settled it. Nobody knows better than the channel what got there.
    pub(crate) fn settled(&self, said: &Said, at: DateTime<Utc>) -> Self {
        let settled_at = Some(at);
        let overruled = match self.told {
            told::NOTHING => false,
            told::ACCEPTED => said.what != status::FAILED,
            _ => true,
        };
        if overruled {
            return Self {
                settled_at,
                // Perhaps it stood for a failure that was settled before.
                ..self.accepted_if(self.told == told::ACCEPTED)
            };
        }
        let sent = said.what == status::SENT;
        Self {
            status: said.what,
            failure_class: if sent { 0 } else { said.failure_class },
            code: said.code.clone(),
            told: self.told,
            settled_at,
        }
    }

    /// After the channel told more. What it told before and got less far changes nothing.
    pub(crate) fn progressed(&self, said: &Said) -> Self {
        if said.what <= self.told {
            return self.clone();
        }
        let further = Self {
            told: said.what,
            ..self.clone()
        };
        match said.what {
            told::FAILED => Self {
                status: status::FAILED,
                failure_class: said.failure_class,
                code: said.code.clone(),
                ..further
            },
            told::ACCEPTED => further.accepted_if(self.status != status::FAILED),
            _ => further.accepted_if(true),
        }
    }

    fn accepted_if(&self, accepted: bool) -> Self {
        if !accepted {
            return self.clone();
        }
        Self {
            status: status::SENT,
            failure_class: 0,
            code: String::new(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(what: i16) -> Said {
        Said {
            what,
            failure_class: 1,
            code: "131026".to_owned(),
        }
    }

    fn settled(before: &Outcome, what: i16) -> Outcome {
        before.settled(&said(what), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn what_was_told_means_the_same_before_and_after_the_ledger_settled_it() {
        let statuses = [
            status::SENT,
            status::FAILED,
            status::UNKNOWN,
            status::NOT_SENT,
        ];
        for what in statuses {
            for told in [told::ACCEPTED, told::FAILED, told::DELIVERED, told::READ] {
                let after = settled(&Outcome::default(), what).progressed(&said(told));
                let before = settled(&Outcome::default().progressed(&said(told)), what);
                assert_eq!(after, before, "settled {what}, told {told}");
            }
        }
    }

    #[test]
    fn the_furthest_counts_whatever_comes_last() {
        let outcome = [told::READ, told::FAILED, told::DELIVERED, told::ACCEPTED]
            .into_iter()
            .fold(
                settled(&Outcome::default(), status::SENT),
                |outcome, told| outcome.progressed(&said(told)),
            );
        assert_eq!((outcome.status, outcome.told), (status::SENT, told::READ));
    }

    #[test]
    fn who_was_in_doubt_was_sent_to_if_the_channel_has_it() {
        let doubt = settled(&Outcome::default(), status::UNKNOWN);
        assert_eq!(doubt.progressed(&said(told::ACCEPTED)).status, status::SENT);
        let failed = doubt.progressed(&said(told::FAILED));
        assert_eq!(
            (failed.status, failed.code.as_str()),
            (status::FAILED, "131026")
        );
        let refused = settled(&Outcome::default(), status::FAILED);
        let echoed = refused.progressed(&said(told::ACCEPTED));
        assert_eq!(echoed.status, status::FAILED, "it was refused all the same");
    }
}
