use proto::segmentation::v1::CountContactsRequest;

use super::text::count;
use crate::{cli::SegmentCommand, client::Client, output::Output};

pub(crate) async fn run(command: SegmentCommand, output: Output) -> anyhow::Result<()> {
    let SegmentCommand::Count { account, filter } = command;
    let mut client = Client::load()?;
    let request = CountContactsRequest {
        account_id: account.unwrap_or_default(),
        filter: Some(filter.filter()),
        consistency_token: String::new(),
    };
    let response = client
        .segmentation
        .count_contacts(request)
        .await?
        .into_inner();
    output.message(&response, |response| {
        format!(
            "{} contacts match; {} of them are subscribed",
            count(response.matching),
            count(response.subscribed)
        )
    })
}
