/// Why a figure is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    ChannelDoesNotTell,
    NothingToldYet,
    NoTrackedLink,
    NobodySent,
    NoDeliveryTold,
    SiteTrackingNotConnected,
    NotConfirmed,
    NoPrice,
    NoCost,
    CurrenciesDiffer,
    OutOfRange,
}

impl Absent {
    /// For machines. These are a contract.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::ChannelDoesNotTell => "CHANNEL_DOES_NOT_TELL",
            Self::NothingToldYet => "NOTHING_TOLD_YET",
            Self::NoTrackedLink => "NO_TRACKED_LINK",
            Self::NobodySent => "NOBODY_SENT",
            Self::NoDeliveryTold => "NO_DELIVERY_TOLD",
            Self::SiteTrackingNotConnected => "SITE_TRACKING_NOT_CONNECTED",
            Self::NotConfirmed => "NOT_CONFIRMED",
            Self::NoPrice => "NO_PRICE",
            Self::NoCost => "NO_COST",
            Self::CurrenciesDiffer => "CURRENCIES_DIFFER",
            Self::OutOfRange => "OUT_OF_RANGE",
        }
    }

    /// For people.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::ChannelDoesNotTell => "The channel does not tell this of a single person.",
            Self::NothingToldYet => {
                "The channel has told nothing of this broadcast yet. Is the account's webhook connected?"
            }
            Self::NoTrackedLink => "The broadcast has no tracked link.",
            Self::NobodySent => "Nobody has been sent to.",
            Self::NoDeliveryTold => "The channel has told of no delivery yet.",
            Self::SiteTrackingNotConnected => {
                "Not connected: no order has arrived from your shop yet."
            }
            Self::NotConfirmed => {
                "The broadcast is not confirmed, and the price depends on the day."
            }
            Self::NoPrice => {
                "No price is known for the account's country on that day, or its currency is unknown. Set the account's own."
            }
            Self::NoCost => "The broadcast has cost nothing.",
            Self::CurrenciesDiffer => {
                "Revenue and cost are in different currencies, which are not converted."
            }
            Self::OutOfRange => "The amount is larger than can be told exactly.",
        }
    }
}
