use anyhow::bail;
use proto::segmentation::v1::{
    DeleteSegmentRequest, GetSegmentRequest, ListSegmentsRequest, ListSegmentsResponse,
    SaveSegmentRequest, Segment,
};
use uuid::Uuid;

use super::{
    super::text::time,
    who::{all, find_by_name, segment},
};
use crate::{
    cli::{SaveSegmentArgs, ShowSegmentArgs},
    client::Client,
    output::{Output, table},
};

pub(super) async fn list(mut client: Client, output: Output) -> anyhow::Result<()> {
    let response = ListSegmentsResponse {
        segments: all(&mut client).await?,
        next_page_token: String::new(),
    };
    output.message(&response, |response| {
        let mut table = table(["Name", "Filter", "Version", "Saved", "Id"]);
        for segment in &response.segments {
            table.add_row([
                segment.name.clone(),
                segment.filter_text.clone(),
                segment.version.to_string(),
                time(segment.saved_at.as_ref()),
                segment.segment_id.clone(),
            ]);
        }
        table.to_string()
    })
}

pub(super) async fn save(
    mut client: Client,
    arguments: SaveSegmentArgs,
    output: Output,
) -> anyhow::Result<()> {
    let (segment_id, version) = match find_by_name(&mut client, &arguments.name).await? {
        None if arguments.replace => bail!("there is no segment {:?} yet", arguments.name),
        None => (Uuid::new_v4().to_string(), 0),
        Some(present) if arguments.replace => (present.segment_id, present.version),
        Some(present) => bail!(
            "there is a segment {:?} already: {}; --replace makes a new version of it",
            present.name,
            present.filter_text
        ),
    };
    let request = SaveSegmentRequest {
        segment_id,
        version,
        name: arguments.name,
        account_id: arguments.account.unwrap_or_default(),
        filter: Some(arguments.filter.filter()),
        ..SaveSegmentRequest::default()
    };
    let response = client.segments.save_segment(request).await?.into_inner();
    until_seen(&mut client, &response.consistency_token).await?;
    output.message(&response, |response| {
        let saved = response.segment.clone().unwrap_or_default();
        format!(
            "saved version {} of {:?} ({}): {}",
            saved.version, saved.name, saved.segment_id, saved.filter_text
        )
    })
}

pub(super) async fn show(
    mut client: Client,
    arguments: ShowSegmentArgs,
    output: Output,
) -> anyhow::Result<()> {
    let latest = segment(&mut client, &arguments.segment).await?;
    let request = GetSegmentRequest {
        segment_id: latest.segment_id,
        version: arguments.at_version,
        ..GetSegmentRequest::default()
    };
    let response = client.segments.get_segment(request).await?.into_inner();
    output.message(&response, |response| {
        describe(&response.segment.clone().unwrap_or_default())
    })
}

fn describe(segment: &Segment) -> String {
    let account = match segment.account_id.as_str() {
        "" => "all accounts",
        account => account,
    };
    format!(
        "{} ({})\nversion  {}, saved {}\nof       {account}\nfilter   {}",
        segment.name,
        segment.segment_id,
        segment.version,
        time(segment.saved_at.as_ref()),
        segment.filter_text
    )
}

pub(super) async fn delete(mut client: Client, named: &str, output: Output) -> anyhow::Result<()> {
    let found = segment(&mut client, named).await?;
    let request = DeleteSegmentRequest {
        segment_id: found.segment_id,
        version: found.version,
    };
    let response = client.segments.delete_segment(request).await?.into_inner();
    until_seen(&mut client, &response.consistency_token).await?;
    output.message(&response, |_| format!("deleted {:?}", found.name))
}

/// Waits until the next command sees what this one did.
async fn until_seen(client: &mut Client, consistency_token: &str) -> anyhow::Result<()> {
    let request = ListSegmentsRequest {
        consistency_token: consistency_token.to_owned(),
        page_size: 1,
        page_token: String::new(),
    };
    client.segments.list_segments(request).await?;
    Ok(())
}
