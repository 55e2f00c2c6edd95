use std::iter;

use serde::Deserialize;
use serde_json::Value;

const DETAIL_CHARS_MAX: usize = 500;

/// LINE's error body, of which any part may be absent or null.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    details: Option<Vec<Detail>>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    property: Option<String>,
}

impl ErrorBody {
    /// `None` for what LINE does not send, such as a proxy's HTML page.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        body.get("message")?;
        serde_json::from_value(body).ok()
    }

    pub(super) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    /// Every property that is blamed, in the message or in the details.
    pub(super) fn properties(&self) -> impl Iterator<Item = &str> {
        let blamed = self.details.iter().flatten();
        named_in(self.message())
            .into_iter()
            .chain(blamed.filter_map(|detail| detail.property.as_deref()))
    }

    /// All of it in one line, for people.
    pub(super) fn text(&self) -> String {
        let told = self.details.iter().flatten().map(|detail| {
            let property = detail.property.as_deref().unwrap_or("?");
            let message = detail.message.as_deref().unwrap_or("?");
            format!("{property}: {message}")
        });
        let text: Vec<String> = iter::once(self.message().to_owned()).chain(told).collect();
        let text = text.join("; ");
        text.chars().take(DETAIL_CHARS_MAX).collect()
    }
}

/// The property in `The property, to[1], in the request body is invalid` or
/// `A message (messages[0]) in the request body is invalid`; the name is sometimes quoted.
fn named_in(message: &str) -> Option<&str> {
    let (name, _) = message
        .strip_prefix("The property, ")
        .and_then(|rest| rest.split_once(", in the request body"))
        .or_else(|| message.strip_prefix("A message (")?.split_once(')'))?;
    Some(name.trim_matches('\''))
}
