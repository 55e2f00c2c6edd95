use serde::{Deserialize, Serialize};

use crate::{channel::RateLimit, whatsapp::TemplateSettings};

/// 2026-04-27, when three message tags ended.
const TAGS_END_MS: u64 = 1_777_248_000_000;

/// How a page is set up. Setting it again keeps what was accepted.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and named in JSON"
)]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageSettings {
    pub access_token: String,
    pub app_secret: String,
    /// The app setting "Require App Secret".
    pub require_proof: bool,
    pub name: String,
    pub app_id: u64,
    /// 300 a second; Meta turns a page's inbox off above 40, which `busiest_second` shows.
    pub rate: RateLimit,
    /// Of audio and video.
    pub media_rate: RateLimit,
    /// Until when the three retired message tags are taken.
    pub message_tags_until_ms: u64,
    /// Whether the app may use the `HUMAN_AGENT` tag.
    pub human_agent: bool,
    /// Whether the app may send utility messages.
    pub utility: bool,
    /// Everyone is taken to have written just now.
    pub everyone_in_window: bool,
    /// Utility templates.
    pub templates: Vec<TemplateSettings>,
    pub webhook_url: Option<String>,
    pub verify_token: String,
}

impl Default for PageSettings {
    fn default() -> Self {
        Self {
            access_token: String::new(),
            app_secret: String::new(),
            require_proof: false,
            name: "Shop".to_owned(),
            app_id: 948_392_018_273_645,
            rate: RateLimit::each_second(300.0),
            media_rate: RateLimit::each_second(10.0),
            message_tags_until_ms: TAGS_END_MS,
            human_agent: false,
            utility: true,
            everyone_in_window: false,
            templates: Vec::new(),
            webhook_url: None,
            verify_token: String::new(),
        }
    }
}

/// What a send to somebody is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonState {
    #[default]
    Reachable,
    /// 100/2018001.
    Nonexistent,
    /// 551/1545041.
    Unavailable,
    /// 200/1545041, with 403.
    Blocked,
}
