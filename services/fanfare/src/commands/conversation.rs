use proto::contacts::v1::{ListMessagesRequest, MessageSource, RecordMessageRequest};
use uuid::Uuid;

use super::text;
use crate::{
    cli::{MessagesArgs, RecordMessageArgs, WriterArg},
    client::Client,
    output::{Output, table},
};

pub(super) async fn list(
    mut client: Client,
    arguments: MessagesArgs,
    output: Output,
) -> anyhow::Result<()> {
    let request = ListMessagesRequest {
        contact_id: arguments.contact,
        page_size: arguments.limit,
        page_token: arguments.page_token,
        consistency_token: String::new(),
    };
    let response = client.conversation.list_messages(request).await?;
    output.message(&response.into_inner(), |response| {
        let mut table = table(["When", "From", "What"]);
        for message in &response.messages {
            table.add_row([
                text::time(message.at.as_ref()),
                text::short(message.source().as_str_name(), "MESSAGE_SOURCE_"),
                message.text.clone(),
            ]);
        }
        let mut page = table.to_string();
        if !response.next_page_token.is_empty() {
            page.push_str("\nmore with --page-token ");
            page.push_str(&response.next_page_token);
        }
        page
    })
}

pub(super) async fn record(
    mut client: Client,
    arguments: RecordMessageArgs,
    output: Output,
) -> anyhow::Result<()> {
    let source = match arguments.from {
        WriterArg::Contact => MessageSource::Contact,
        WriterArg::Agent => MessageSource::Agent,
        WriterArg::Bot => MessageSource::Bot,
        WriterArg::Welcome => MessageSource::Welcome,
    };
    let request = RecordMessageRequest {
        request_id: arguments
            .request_id
            .unwrap_or_else(Uuid::now_v7)
            .to_string(),
        contact_id: arguments.contact,
        source: source.into(),
        text: arguments.text,
        sent_at: None,
    };
    let response = client.conversation.record_message(request).await?;
    output.message(&response.into_inner(), |_| {
        "the message is in the conversation".to_owned()
    })
}
