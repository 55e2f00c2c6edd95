use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// `tracing` directives, for example `info,sqlx=warn`.
    pub filter: String,
    #[serde(default)]
    pub format: LogFormat,
    /// Where spans go. Absent: nowhere.
    pub otlp_endpoint: Option<String>,
    /// The share of new traces that are kept. A caller's decision is followed.
    pub sample_ratio: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One object a line, for what collects logs.
    #[default]
    Json,
    /// For people.
    Text,
}
