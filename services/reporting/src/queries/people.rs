use crate::outcome_status::{self as status, told};

const ANY: &[i16] = &[
    told::NOTHING,
    told::ACCEPTED,
    told::FAILED,
    told::DELIVERED,
    told::READ,
];

/// Those frozen in of whom one number of a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) statuses: &'static [i16],
    /// How far the channel says that it got.
    pub(crate) told: &'static [i16],
    /// `None`: whatever the code is.
    pub(crate) code: Option<&'static str>,
}

impl People {
    pub(crate) const EVERYONE: Self = Self::with(&[
        status::PENDING,
        status::SENT,
        status::FAILED,
        status::UNKNOWN,
        status::NOT_SENT,
    ]);
    pub(crate) const SENT: Self = Self::with(&[status::SENT]);
    pub(crate) const FAILED: Self = Self::with(&[status::FAILED]);
    pub(crate) const UNKNOWN: Self = Self::with(&[status::UNKNOWN]);
    pub(crate) const NOT_SENT: Self = Self::with(&[status::NOT_SENT]);
    pub(crate) const PENDING: Self = Self::with(&[status::PENDING]);
    pub(crate) const DELIVERED: Self = Self::sent_and(&[told::DELIVERED, told::READ]);
    pub(crate) const READ: Self = Self::sent_and(&[told::READ]);
    /// Nobody has told of a delivery yet.
    pub(crate) const OPEN: Self = Self::sent_and(&[told::NOTHING, told::ACCEPTED]);
    pub(crate) const HELD: Self = Self {
        code: Some(events::HELD),
        ..Self::sent_and(&[told::NOTHING])
    };
    pub(crate) const TOLD_OF: Self = Self {
        told: &[told::ACCEPTED, told::FAILED, told::DELIVERED, told::READ],
        ..Self::EVERYONE
    };
    pub(crate) const NOBODY: Self = Self::with(&[]);

    const fn with(statuses: &'static [i16]) -> Self {
        Self {
            statuses,
            told: ANY,
            code: None,
        }
    }

    const fn sent_and(told: &'static [i16]) -> Self {
        Self { told, ..Self::SENT }
    }

    pub(crate) fn have(&self, status: i16, told: i16, code: &str) -> bool {
        self.statuses.contains(&status)
            && self.told.contains(&told)
            && self.code.is_none_or(|wanted| wanted == code)
    }
}
