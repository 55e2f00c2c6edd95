mod export;
mod saved;
mod who;

use proto::segmentation::v1::{
    CountContactsRequest, GetTotalsRequest, ListContactsRequest, ListTagsRequest, Totals,
};

use self::who::Who;
pub(super) use self::who::segment as find;
use super::text::{count, short, time};
use crate::{
    cli::{SegmentCommand, SegmentContactsArgs, WhoArgs},
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: SegmentCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        SegmentCommand::Count(arguments) => count_matching(client, arguments, output).await,
        SegmentCommand::Contacts(arguments) => contacts(client, arguments, output).await,
        SegmentCommand::List => saved::list(client, output).await,
        SegmentCommand::Save(arguments) => saved::save(client, arguments, output).await,
        SegmentCommand::Show(arguments) => saved::show(client, arguments, output).await,
        SegmentCommand::Delete { segment } => saved::delete(client, &segment, output).await,
        SegmentCommand::Export(arguments) => export::run(client, arguments, output).await,
        SegmentCommand::Tags => tags(client, output).await,
        SegmentCommand::Totals { account } => totals(client, account, output).await,
    }
}

async fn count_matching(
    mut client: Client,
    arguments: WhoArgs,
    output: Output,
) -> anyhow::Result<()> {
    let who = Who::find(&mut client, arguments).await?;
    let request = CountContactsRequest {
        account_id: who.account_id,
        filter: who.filter,
        segment_id: who.segment_id,
        ..CountContactsRequest::default()
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

async fn contacts(
    mut client: Client,
    arguments: SegmentContactsArgs,
    output: Output,
) -> anyhow::Result<()> {
    let who = Who::find(&mut client, arguments.who).await?;
    let request = ListContactsRequest {
        account_id: who.account_id,
        filter: who.filter,
        segment_id: who.segment_id,
        skip: arguments.skip,
        page_size: arguments.limit,
        page_token: arguments.page_token,
        ..ListContactsRequest::default()
    };
    let response = client
        .segmentation
        .list_contacts(request)
        .await?
        .into_inner();
    output.message(&response, |response| {
        let mut table = table(["Contact", "Name", "Status", "Tags", "Last interaction"]);
        for contact in &response.contacts {
            table.add_row([
                contact.contact_id.clone(),
                contact.display_name.clone(),
                short(contact.status().as_str_name(), "SUBSCRIPTION_STATUS_"),
                contact.tags.join(", "),
                time(contact.last_interaction_at.as_ref()),
            ]);
        }
        let mut text = format!(
            "{table}\n{} contacts match; {} can be written to",
            count(response.total),
            count(response.effective)
        );
        if !response.next_page_token.is_empty() {
            text.push_str("\nmore with --page-token ");
            text.push_str(&response.next_page_token);
        }
        text
    })
}

pub(super) async fn tags(mut client: Client, output: Output) -> anyhow::Result<()> {
    let request = ListTagsRequest::default();
    let response = client.segmentation.list_tags(request).await?.into_inner();
    output.message(&response, |response| {
        let mut table = table(["Tag", "Contacts", "Id"]);
        for tag in &response.tags {
            table.add_row([tag.name.clone(), count(tag.contacts), tag.tag_id.clone()]);
        }
        table.to_string()
    })
}

async fn totals(mut client: Client, account: Option<String>, output: Output) -> anyhow::Result<()> {
    let request = GetTotalsRequest {
        account_id: account.unwrap_or_default(),
        ..GetTotalsRequest::default()
    };
    let response = client.segmentation.get_totals(request).await?.into_inner();
    output.message(&response, |response| {
        let header = [
            "Channel",
            "Contacts",
            "Can be written to",
            "Unsubscribed",
            "Blocked",
        ];
        let mut table = table(header);
        for of_channel in &response.channels {
            let channel = short(of_channel.channel().as_str_name(), "CHANNEL_");
            table.add_row(row(channel, of_channel.totals.unwrap_or_default()));
        }
        table.add_row(row("all".to_owned(), response.all.unwrap_or_default()));
        table.to_string()
    })
}

fn row(channel: String, totals: Totals) -> [String; 5] {
    [
        channel,
        count(totals.contacts),
        count(totals.effective),
        count(totals.unsubscribed),
        count(totals.blocked),
    ]
}
