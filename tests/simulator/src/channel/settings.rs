use serde::{Deserialize, Serialize};

/// How a channel is set up. Setting it again keeps what was delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelSettings {
    pub access_token: String,
    pub channel_secret: String,
    /// Messages a month; none is an account with no limit set.
    pub quota: Option<u64>,
    /// Sets this month's use; otherwise it goes on from where it was.
    pub used: Option<u64>,
    /// Taken by a send that is still running elsewhere: refused as if used, but not shown as used.
    pub reserved: u64,
    /// Aggregation units that somebody else has used in this month, of 1,000.
    pub units_used: usize,
    /// Every request is answered 403.
    pub forbidden: bool,
    /// What a multicast to a well-formed id that is nobody's is answered.
    pub nonexistent: NonexistentMode,
    pub multicast_rate: RateLimit,
    pub push_rate: RateLimit,
    /// Where webhooks go.
    pub webhook_url: Option<String>,
}

/// LINE documents the first two and answers the third in the wild.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonexistentMode {
    /// 200; that person gets nothing.
    #[default]
    Silent,
    /// 400 that names `to[i]`; nobody gets anything.
    Named,
    /// 400 `Failed to send messages`; nobody gets anything.
    Unnamed,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub per_second: f64,
    /// Requests that a full bucket lets through at once. LINE does not publish it.
    pub capacity: f64,
}

impl RateLimit {
    pub(crate) const MULTICAST: Self = Self::each_second(200.0);
    pub(crate) const OTHERS: Self = Self::each_second(2_000.0);
    /// 60 an hour.
    pub(crate) const INSIGHT: Self = Self {
        per_second: 1.0 / 60.0,
        capacity: 60.0,
    };

    /// A bucket that holds one second's worth.
    pub const fn each_second(requests: f64) -> Self {
        Self {
            per_second: requests,
            capacity: requests,
        }
    }
}

impl Default for ChannelSettings {
    fn default() -> Self {
        Self {
            access_token: String::new(),
            channel_secret: String::new(),
            quota: None,
            used: None,
            reserved: 0,
            units_used: 0,
            forbidden: false,
            nonexistent: NonexistentMode::default(),
            multicast_rate: RateLimit::MULTICAST,
            push_rate: RateLimit::OTHERS,
            webhook_url: None,
        }
    }
}
