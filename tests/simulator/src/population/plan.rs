use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::user_id::UserId;

/// How people act on what they got. Each draw is fixed by the seed, the person and the link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActPlan {
    pub seed: u64,
    pub read_probability: f64,
    pub click_probability: f64,
    /// Of those who click, who clicks again.
    pub double_click_probability: f64,
    /// That a preview bot fetches the link as well, whether or not the person clicks.
    pub bot_probability: f64,
    pub max_concurrency: usize,
    /// Act on everything ever delivered, not only on what came since the last time.
    pub from_the_start: bool,
}

impl Default for ActPlan {
    fn default() -> Self {
        Self {
            seed: 0,
            read_probability: 0.6,
            click_probability: 0.1,
            double_click_probability: 0.1,
            bot_probability: 0.05,
            max_concurrency: 32,
            from_the_start: false,
        }
    }
}

/// What people did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// LINE tells nobody who read; neither is anyone told here.
    pub read_people: u64,
    pub clicked_people: u64,
    /// Answered below 400, second clicks included.
    pub clicks: u64,
    pub failed_clicks: u64,
    pub bot_fetches: u64,
    /// Everyone who clicked.
    pub by_user: BTreeMap<UserId, Clicked>,
}

/// A person's clicks, and as whom the shop will know the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clicked {
    /// The `ffv` of the last redirect; failing that, the value of the first cookie that was set.
    pub visitor_id: Option<String>,
    /// When the first click was answered.
    pub clicked_at_ms: u64,
    pub clicks: u64,
}
