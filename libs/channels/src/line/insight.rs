//! What LINE tells of everybody who was sent something under one aggregation unit. Of single people it tells nothing.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    client::LineClient,
    names::is_aggregation_unit,
    queries::{CallError, ask},
};

/// Distinct units that a channel can use in a calendar month (UTC+9). Under any further one LINE sends without a unit,
/// and does not say so.
pub const UNITS_A_MONTH_MAX: u64 = 1_000;

/// Of a unit, over some days. `None`: fewer than 20 people, or not known yet; never 0 for either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UnitOverview {
    /// People on whose phone a message was seen whole.
    pub unique_impression: Option<u64>,
    /// People who tapped a link.
    pub unique_click: Option<u64>,
    /// People who started a video or a sound.
    pub unique_media_played: Option<u64>,
}

#[derive(Deserialize)]
struct Statistics {
    /// Absent, or null, while there is nothing.
    overview: Option<UnitOverview>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnitsUsed {
    num_of_custom_aggregation_units: u64,
}

impl LineClient {
    /// What came of a unit from `from` to `to`, both included, at most 31 days. Days are UTC+9. LINE answers 60 such
    /// questions an hour.
    pub async fn unit_overview(
        &self,
        unit: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<UnitOverview, CallError> {
        if !is_aggregation_unit(unit) {
            return Err(CallError::Unreadable);
        }
        let (from, to) = (from.format("%Y%m%d"), to.format("%Y%m%d"));
        let query = format!("customAggregationUnit={unit}&from={from}&to={to}");
        let request = self.get(&format!(
            "/v2/bot/insight/message/event/aggregation?{query}"
        ));
        let statistics: Statistics = ask(request).await?;
        Ok(statistics.overview.unwrap_or_default())
    }

    /// How many distinct units the channel has used in this month.
    pub async fn units_used(&self) -> Result<u64, CallError> {
        let used: UnitsUsed = ask(self.get("/v2/bot/message/aggregation/info")).await?;
        Ok(used.num_of_custom_aggregation_units)
    }
}
