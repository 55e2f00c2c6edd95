use serde::{Deserialize, Serialize};

/// An endpoint that has its own rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    Push,
    Multicast,
    ValidatePush,
    ValidateMulticast,
    Quota,
    QuotaConsumption,
    Profile,
    BotInfo,
    UnitsUsed,
    UnitStatistics,
}

impl Endpoint {
    /// Whether it sends, and so takes a retry key.
    pub(crate) fn sends(self) -> bool {
        matches!(self, Self::Push | Self::Multicast)
    }
}
