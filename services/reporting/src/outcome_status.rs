//! `outcome_runs.status`.

pub(crate) const PENDING: i16 = 0;
pub(crate) const SENT: i16 = 1;
pub(crate) const FAILED: i16 = 2;
pub(crate) const UNKNOWN: i16 = 3;
pub(crate) const NOT_SENT: i16 = 4;

/// `outcome_runs.told`: how far the channel says that a message got. The larger number counts.
pub(crate) mod told {
    pub(crate) const NOTHING: i16 = 0;
    pub(crate) const ACCEPTED: i16 = 1;
    pub(crate) const FAILED: i16 = 2;
    pub(crate) const DELIVERED: i16 = 3;
    pub(crate) const READ: i16 = 4;
}
