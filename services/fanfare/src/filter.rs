use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use proto::segmentation::v1::{
    Filter, Filters, SubscriptionStatus, Tags, TimeRange, filter::Condition,
};

/// Who is meant. All conditions that are given have to hold; none at all means everyone.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FilterArgs {
    /// Has this tag. More than once: has all of them
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Has at least one of the tags given so
    #[arg(long, value_name = "TAG")]
    pub(crate) any_tag: Vec<String>,
    /// Does not have this tag. More than once: has none of them
    #[arg(long, value_name = "TAG")]
    pub(crate) not_tag: Vec<String>,
    /// Last wrote, tapped or followed at or after this time: 2026-01-31 or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) interacted_after: Option<DateTime<Utc>>,
    /// … before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) interacted_before: Option<DateTime<Utc>>,
    /// Subscribed at or after this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) subscribed_after: Option<DateTime<Utc>>,
    /// … before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) subscribed_before: Option<DateTime<Utc>>,
    /// subscribed, unsubscribed or blocked; otherwise all of them
    #[arg(long, value_name = "STATUS", value_parser = parse_status)]
    pub(crate) status: Option<SubscriptionStatus>,
}

impl FilterArgs {
    pub(crate) fn filter(&self) -> Filter {
        let mut conditions = Vec::new();
        let tags = |tags: &[String]| Tags {
            tags: tags.to_vec(),
        };
        if !self.tag.is_empty() {
            conditions.push(Condition::HasAllTags(tags(&self.tag)));
        }
        if !self.any_tag.is_empty() {
            conditions.push(Condition::HasAnyTag(tags(&self.any_tag)));
        }
        if !self.not_tag.is_empty() {
            conditions.push(Condition::HasNoTag(tags(&self.not_tag)));
        }
        if let Some(range) = range(self.interacted_after, self.interacted_before) {
            conditions.push(Condition::LastInteraction(range));
        }
        if let Some(range) = range(self.subscribed_after, self.subscribed_before) {
            conditions.push(Condition::SubscribedAt(range));
        }
        if let Some(status) = self.status {
            conditions.push(Condition::Status(status.into()));
        }
        let mut filters: Vec<Filter> = conditions
            .into_iter()
            .map(|condition| Filter {
                condition: Some(condition),
            })
            .collect();
        match filters.len() {
            0 => Filter::default(),
            1 => filters.remove(0),
            _ => Filter {
                condition: Some(Condition::All(Filters { filters })),
            },
        }
    }
}

fn range(after: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>) -> Option<TimeRange> {
    let timestamp = |at: DateTime<Utc>| prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    };
    (after.is_some() || before.is_some()).then(|| TimeRange {
        after: after.map(timestamp),
        before: before.map(timestamp),
    })
}

fn parse_time(text: &str) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .context("write a date as 2026-01-31 or a time as 2026-01-31T08:00:00+08:00")
}

fn parse_status(text: &str) -> anyhow::Result<SubscriptionStatus> {
    match text {
        "subscribed" => Ok(SubscriptionStatus::Subscribed),
        "unsubscribed" => Ok(SubscriptionStatus::Unsubscribed),
        "blocked" => Ok(SubscriptionStatus::Blocked),
        _ => bail!("write subscribed, unsubscribed or blocked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_conditions_all_have_to_hold() {
        let arguments = FilterArgs {
            tag: vec!["repeat".to_owned()],
            not_tag: vec!["vip".to_owned()],
            ..FilterArgs::default()
        };
        let Some(Condition::All(all)) = arguments.filter().condition else {
            panic!("not an intersection");
        };
        assert_eq!(all.filters.len(), 2);
    }

    #[test]
    fn no_condition_means_everyone() {
        assert_eq!(FilterArgs::default().filter(), Filter::default());
    }

    #[test]
    fn a_date_is_its_first_moment_in_utc() {
        assert_eq!(
            parse_time("2026-01-31").unwrap().to_rfc3339(),
            "2026-01-31T00:00:00+00:00"
        );
        assert!(parse_time("yesterday").is_err());
    }
}
