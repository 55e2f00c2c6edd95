use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use proto::segmentation::v1::{
    Filter, Filters, SubscriptionStatus, Tags, TimeRange, filter::Condition,
};
use unicode_width::UnicodeWidthStr as _;

/// Who is meant. All conditions that are given have to hold; none at all means everyone.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FilterArgs {
    /// A filter as text: 'tag:vip AND NOT tag:test'. See `fanfare segment count --help`
    #[arg(long, value_name = "FILTER", value_parser = parse_filter)]
    pub(crate) filter: Option<Box<Filter>>,
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
    /// subscribed, unsubscribed, blocked or all
    #[arg(long, value_name = "STATUS", value_parser = parse_status)]
    pub(crate) status: Option<SubscriptionStatus>,
}

impl FilterArgs {
    pub(crate) fn filter(&self) -> Filter {
        let mut filters: Vec<Filter> = self.filter.as_deref().cloned().into_iter().collect();
        filters.extend(self.conditions().into_iter().map(|condition| Filter {
            condition: Some(condition),
        }));
        match filters.len() {
            0 => Filter::default(),
            1 => filters.remove(0),
            _ => Filter {
                condition: Some(Condition::All(Filters { filters })),
            },
        }
    }

    /// Whom is said, also if it is everyone.
    pub(crate) fn is_given(&self) -> bool {
        self.filter.is_some() || !self.conditions().is_empty()
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let tags = |tags: &[String]| Tags {
            tags: tags.to_vec(),
            tag_ids: Vec::new(),
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
        conditions
    }
}

/// Read here already, so that a mistake is shown where it was made.
fn parse_filter(text: &str) -> anyhow::Result<Box<Filter>> {
    match segmentation_domain::Filter::from_text(text) {
        Ok(filter) => Ok(Box::new(filter.to_proto())),
        Err(error) => match error.column {
            Some(column) if !text.contains('\n') => {
                let before: String = text.chars().take(column - 1).collect();
                bail!(
                    "{error}\n\n  {text}\n  {:width$}^",
                    "",
                    width = before.width()
                )
            }
            Some(_) | None => bail!(error),
        },
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
        "all" => Ok(SubscriptionStatus::All),
        _ => bail!("write subscribed, unsubscribed, blocked or all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_conditions_all_have_to_hold() {
        let arguments = FilterArgs {
            filter: Some(parse_filter("tag:a OR tag:b").unwrap()),
            tag: vec!["repeat".to_owned()],
            not_tag: vec!["vip".to_owned()],
            ..FilterArgs::default()
        };
        let Some(Condition::All(all)) = arguments.filter().condition else {
            panic!("not an intersection");
        };
        assert_eq!(all.filters.len(), 3);
    }

    #[test]
    fn no_condition_means_everyone() {
        assert_eq!(FilterArgs::default().filter(), Filter::default());
    }

    #[test]
    fn a_mistake_is_shown_where_it_was_made() {
        let error = parse_filter("name = 王 AND size = 3")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("column 14: \"size\" is no field"));
        assert!(error.ends_with("\n\n  name = 王 AND size = 3\n                ^"));
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
