use proto::segmentation::v1::{CountContactsRequest, ListContactsRequest};
use tonic::Status;

use super::{Options, people, services::Services};

const PAGE_SIZE: u32 = 50;

/// Something that a marketer asks, and how somebody would ask Postgres for it.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) name: &'static str,
    filter: String,
    pub(super) skip: u32,
    /// A condition on `sql_contacts`; `None` where sealed columns do not tell.
    pub(super) sql: Option<String>,
}

impl Question {
    /// Count and page, one after the other. Returns how many match.
    pub(super) async fn ask(&self, services: &mut Services) -> Result<i64, Status> {
        let count = CountContactsRequest {
            filter_text: self.filter.clone(),
            ..CountContactsRequest::default()
        };
        let counted = services
            .segmentation
            .count_contacts(count)
            .await?
            .into_inner();
        let list = ListContactsRequest {
            filter_text: self.filter.clone(),
            skip: self.skip.into(),
            page_size: PAGE_SIZE.cast_signed(),
            ..ListContactsRequest::default()
        };
        let listed = services
            .segmentation
            .list_contacts(list)
            .await?
            .into_inner();
        let expected = (listed.total - i64::from(self.skip)).clamp(0, PAGE_SIZE.into());
        if usize::try_from(expected).ok() == Some(listed.contacts.len()) {
            Ok(counted.matching)
        } else {
            Err(Status::data_loss("a page has not as many as it should"))
        }
    }
}

pub(super) fn all(options: &Options) -> Vec<Question> {
    let tag =
        |name: &str| format!("tag_ids @> ARRAY(SELECT tag_id FROM tags WHERE name = '{name}')");
    let question = |name, filter: &str, sql: String| Question {
        name,
        filter: filter.to_owned(),
        skip: 0,
        sql: Some(sql),
    };
    let somebody = people::name(options.contacts / 2);
    let ten_thousandth = (10_000 * PAGE_SIZE).min(options.contacts / 2);
    vec![
        question(
            "one tag and not another",
            "tag:repeat AND NOT tag:vip",
            format!("{} AND NOT {}", tag("repeat"), tag("vip")),
        ),
        question(
            "two time ranges",
            "subscribed_at >= 2024-03-10T08:00:00Z AND subscribed_at < 2025-02-03T17:30:00Z AND \
             last_interaction >= 2025-06-01T12:00:00Z",
            "subscribed_at >= '2024-03-10T08:00:00Z' AND subscribed_at < '2025-02-03T17:30:00Z' AND \
             last_interaction_at >= '2025-06-01T12:00:00Z'"
                .to_owned(),
        ),
        question(
            "whole name",
            &format!("name = \"{somebody}\""),
            "name_key = (SELECT name_key FROM sql_contacts WHERE ordinal = 1)".to_owned(),
        ),
        Question {
            name: "part of a name",
            filter: "name : Mia".to_owned(),
            skip: 0,
            sql: None,
        },
        question(
            "nested three deep",
            "(tag:repeat OR (tag:vinyl AND NOT (tag:taipei OR last_interaction < 2025-01-01T00:00:00Z))) \
             AND NOT tag:test",
            format!(
                "({} OR ({} AND NOT ({} OR last_interaction_at < '2025-01-01T00:00:00Z'))) AND NOT {}",
                tag("repeat"),
                tag("vinyl"),
                tag("taipei"),
                tag("test")
            ),
        ),
        Question {
            name: "page 10,000",
            filter: String::new(),
            skip: ten_thousandth,
            sql: Some("true".to_owned()),
        },
    ]
}
