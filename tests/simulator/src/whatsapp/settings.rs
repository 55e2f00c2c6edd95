use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::channel::RateLimit;

/// How a phone number is set up. Setting it again keeps what was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhoneSettings {
    pub access_token: String,
    pub app_secret: String,
    /// The app setting "Require App Secret".
    pub require_proof: bool,
    pub waba_id: String,
    pub display_phone_number: String,
    pub verified_name: String,
    /// What is put before a number that has no plus.
    pub country_code: String,
    pub quality_rating: String,
    /// Unique people outside a service window in 24 hours; none is unlimited. Over it: accepted,
    /// then failed with 131048.
    pub messaging_limit: Option<u64>,
    pub rate: RateLimit,
    pub pair_rate: RateLimit,
    /// Refuses with 400 what else would be accepted and fail later.
    pub refuse_at_once: bool,
    /// Marketing templates to numbers of the United States fail with 131049.
    pub no_marketing_to_us: bool,
    pub templates: Vec<TemplateSettings>,
    pub webhook_url: Option<String>,
    pub verify_token: String,
}

impl Default for PhoneSettings {
    fn default() -> Self {
        Self {
            access_token: String::new(),
            app_secret: String::new(),
            require_proof: false,
            waba_id: "102290129340398".to_owned(),
            display_phone_number: "15550783881".to_owned(),
            verified_name: "Shop".to_owned(),
            country_code: "1".to_owned(),
            quality_rating: "GREEN".to_owned(),
            messaging_limit: None,
            rate: RateLimit::each_second(80.0),
            pair_rate: RateLimit {
                per_second: 1.0 / 6.0,
                capacity: 45.0,
            },
            refuse_at_once: false,
            no_marketing_to_us: true,
            templates: Vec::new(),
            webhook_url: None,
            verify_token: String::new(),
        }
    }
}

/// A template of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSettings {
    pub name: String,
    pub language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    #[serde(default = "approved")]
    pub status: String,
    /// `POSITIONAL` or `NAMED`.
    #[serde(default = "positional")]
    pub parameter_format: String,
    /// As in the template's own JSON.
    pub components: Vec<Value>,
    #[serde(default = "green")]
    pub quality: String,
    /// From this message on, pacing holds them.
    #[serde(default)]
    pub hold_after: Option<u64>,
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn positional() -> String {
    "POSITIONAL".to_owned()
}

fn green() -> String {
    "GREEN".to_owned()
}

impl TemplateSettings {
    /// An approved marketing template with a body alone.
    pub fn marketing(name: &str, language: &str, body: &str) -> Self {
        Self {
            name: name.to_owned(),
            language: language.to_owned(),
            category: "MARKETING".to_owned(),
            status: approved(),
            parameter_format: positional(),
            components: vec![serde_json::json!({ "type": "BODY", "text": body })],
            quality: green(),
            hold_after: None,
        }
    }

    /// Fixed by what makes it unique.
    pub(crate) fn id(&self) -> String {
        let key = format!("{}/{}", self.name, self.language);
        let number = xxhash_rust::xxh3::xxh3_64(key.as_bytes()) >> 14;
        format!("{}", 1_000_000_000_000_000 + number)
    }
}

/// What becomes of a message to somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsumerState {
    #[default]
    Reachable,
    /// 131026.
    NotOnWhatsapp,
    /// Marketing fails with 131050.
    StoppedMarketing,
    /// Marketing fails with 131049.
    Capped,
    /// Marketing fails with 130472.
    InExperiment,
}
