use std::{collections::BTreeMap, time::Duration};

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::json::number;

/// What Meta says about how much of its limits is used, in percent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// By the id of the business (`X-Business-Use-Case-Usage`).
    pub businesses: BTreeMap<String, Vec<UsageEntry>>,
    /// Of the whole app (`X-App-Usage`).
    pub app: Option<UsageEntry>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageEntry {
    /// `messenger`, `whatsapp`, `pages`, ...
    pub kind: String,
    pub calls_percent: i64,
    pub cpu_percent: i64,
    pub time_percent: i64,
    /// How long to stop for; calling on makes it longer.
    pub regain_access: Option<Duration>,
}

impl Usage {
    /// What cannot be read says nothing: these headers are advice.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let json =
            |name| -> Option<Value> { serde_json::from_slice(headers.get(name)?.as_bytes()).ok() };
        let mut businesses = BTreeMap::new();
        if let Some(Value::Object(all)) = json("x-business-use-case-usage") {
            for (business, entries) in all {
                let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
                businesses.insert(business, entries.iter().map(entry).collect());
            }
        }
        Self {
            businesses,
            app: json("x-app-usage").map(|usage| entry(&usage)),
        }
    }

    /// How long the longest of them says to stop.
    pub fn regain_access(&self) -> Option<Duration> {
        let entries = self.businesses.values().flatten();
        entries.filter_map(|entry| entry.regain_access).max()
    }

    /// The highest percentage of all: above 100 calls are refused.
    pub fn percent(&self) -> i64 {
        let entries = self.businesses.values().flatten().chain(&self.app);
        let highest = |entry: &UsageEntry| {
            entry
                .calls_percent
                .max(entry.cpu_percent)
                .max(entry.time_percent)
        };
        entries.map(highest).max().unwrap_or_default()
    }
}

fn entry(value: &Value) -> UsageEntry {
    let percent = |name: &str| number(&value[name]).unwrap_or_default();
    let minutes = number(&value["estimated_time_to_regain_access"]).unwrap_or_default();
    UsageEntry {
        kind: value["type"].as_str().unwrap_or_default().to_owned(),
        calls_percent: percent("call_count"),
        cpu_percent: percent("total_cputime"),
        time_percent: percent("total_time"),
        regain_access: u32::try_from(minutes)
            .ok()
            .filter(|minutes| *minutes > 0)
            .map(|minutes| Duration::from_secs(u64::from(minutes) * 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(business: &str, app: &str) -> Usage {
        let mut headers = HeaderMap::new();
        headers.insert("x-business-use-case-usage", business.parse().unwrap());
        headers.insert("x-app-usage", app.parse().unwrap());
        Usage::read(&headers)
    }

    #[test]
    fn the_longest_wait_and_the_highest_percentage_count() {
        let usage = usage(
            r#"{"1":[{"type":"messenger","call_count":100,"total_cputime":25,"total_time":24,"estimated_time_to_regain_access":19},
                {"type":"pages","call_count":1,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":0}]}"#
                .replace('\n', " ")
                .as_str(),
            r#"{"call_count":28,"total_time":125,"total_cputime":25}"#,
        );
        assert_eq!(usage.regain_access(), Some(Duration::from_mins(19)));
        assert_eq!(usage.percent(), 125);
        assert_eq!(usage.businesses["1"][0].kind, "messenger");
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        assert_eq!(Usage::read(&HeaderMap::new()), Usage::default());
        for odd in [
            "",
            "[]",
            "7",
            r#"{"1":7}"#,
            r#"{"1":[{"estimated_time_to_regain_access":-1}]}"#,
        ] {
            assert_eq!(usage(odd, "{}").regain_access(), None, "{odd}");
        }
    }
}
