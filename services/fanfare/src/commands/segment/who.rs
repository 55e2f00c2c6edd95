use anyhow::bail;
use proto::segmentation::v1::{Filter, GetSegmentRequest, ListSegmentsRequest, Segment};
use uuid::Uuid;

use crate::{cli::WhoArgs, client::Client};

/// Whom a request asks for, as requests have it.
#[derive(Debug)]
pub(super) struct Who {
    pub(super) account_id: String,
    pub(super) filter: Option<Filter>,
    pub(super) segment_id: String,
}

impl Who {
    pub(super) async fn find(client: &mut Client, arguments: WhoArgs) -> anyhow::Result<Self> {
        let (filter, segment_id) = match &arguments.segment {
            Some(named) => (None, segment(client, named).await?.segment_id),
            None => (Some(arguments.filter.filter()), String::new()),
        };
        Ok(Self {
            account_id: arguments.account.unwrap_or_default(),
            filter,
            segment_id,
        })
    }
}

/// A saved segment by its name or its id.
pub(in crate::commands) async fn segment(
    client: &mut Client,
    named: &str,
) -> anyhow::Result<Segment> {
    if Uuid::parse_str(named).is_ok() {
        let request = GetSegmentRequest {
            segment_id: named.to_owned(),
            ..GetSegmentRequest::default()
        };
        let response = client.segments.get_segment(request).await?.into_inner();
        return Ok(response.segment.unwrap_or_default());
    }
    match find_by_name(client, named).await? {
        Some(segment) => Ok(segment),
        None => bail!("there is no segment {named:?}; see `fanfare segment list`"),
    }
}

pub(super) async fn find_by_name(
    client: &mut Client,
    name: &str,
) -> anyhow::Result<Option<Segment>> {
    let mut segments = all(client).await?.into_iter();
    Ok(segments.find(|segment| segment.name == name.trim()))
}

/// The team's segments, of which there are 1,000 at most.
pub(super) async fn all(client: &mut Client) -> anyhow::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListSegmentsRequest {
            page_size: 100,
            page_token,
            ..ListSegmentsRequest::default()
        };
        let page = client.segments.list_segments(request).await?.into_inner();
        segments.extend(page.segments);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(segments);
        }
    }
}
