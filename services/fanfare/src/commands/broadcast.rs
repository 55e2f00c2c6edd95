use std::{fs, io, path::PathBuf};

use anyhow::{Context as _, bail};
use proto::broadcast::v1::{
    Broadcast, ConfirmBroadcastRequest, CreateBroadcastRequest, GetBroadcastRequest, ImageMessage,
    ListBroadcastsRequest, Message, PreviewBroadcastRequest, PreviewBroadcastResponse,
    ResumeBroadcastRequest, TextMessage, message::Content,
};
use uuid::Uuid;

use super::{
    account, segment,
    text::{count, short, time},
    watch::wait_until_done,
};
use crate::{
    cli::{BroadcastCommand, ConfirmArgs, CreateBroadcastArgs, StatusArgs},
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: BroadcastCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        BroadcastCommand::Create(arguments) => create(client, *arguments, output).await,
        BroadcastCommand::Preview { broadcast } => preview(client, broadcast, output).await,
        BroadcastCommand::Confirm(arguments) => confirm(client, arguments, output).await,
        BroadcastCommand::Resume { broadcast } => resume(client, broadcast, output).await,
        BroadcastCommand::Status(arguments) => status(client, arguments, output).await,
        BroadcastCommand::List => list(client, output).await,
    }
}

async fn create(
    mut client: Client,
    arguments: CreateBroadcastArgs,
    output: Output,
) -> anyhow::Result<()> {
    let account_id = account::resolve(&mut client, arguments.account).await?;
    let segment = match &arguments.segment {
        Some(named) => Some(segment::find(&mut client, named).await?),
        None => None,
    };
    if let Some(segment) = &segment
        && !["", &account_id].contains(&segment.account_id.as_str())
    {
        bail!(
            "{} is a segment of another account; give --account {}",
            segment.name,
            segment.account_id
        );
    }
    let audience = match &segment {
        Some(segment) => segment.filter.clone(),
        None => Some(arguments.filter.filter()),
    };
    let request = CreateBroadcastRequest {
        request_id: arguments
            .request_id
            .unwrap_or_else(Uuid::new_v4)
            .to_string(),
        account_id,
        name: arguments.name,
        audience,
        messages: messages(arguments.text, arguments.image, &arguments.message)?,
        personal_links: arguments.personal_links,
    };
    let response = client
        .broadcast
        .create_broadcast(request)
        .await?
        .into_inner();
    output.message(&response, |response| {
        let broadcast = response.broadcast.clone().unwrap_or_default();
        let whom = segment.as_ref().map_or_else(String::new, |segment| {
            format!(
                " for {}, version {}: {}",
                segment.name, segment.version, segment.filter_text
            )
        });
        format!(
            "drafted {0}{whom}\nnext: fanfare broadcast preview {0}",
            broadcast.broadcast_id
        )
    })
}

/// Texts, then pictures, then what is in files.
fn messages(
    texts: Vec<String>,
    images: Vec<String>,
    files: &[PathBuf],
) -> anyhow::Result<Vec<Message>> {
    let images = images.into_iter().map(|url| Message {
        content: Some(Content::Image(ImageMessage {
            original_url: url.clone(),
            preview_url: url,
        })),
        ..Message::default()
    });
    let mut messages: Vec<Message> = texts.into_iter().map(text).chain(images).collect();
    for file in files {
        let json = if file.as_os_str() == "-" {
            io::read_to_string(io::stdin()).context("cannot read standard input")?
        } else {
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        };
        let message = proto::from_json(&json);
        messages.push(
            message.with_context(|| {
                format!("{} is not a message as JSON; see --help", file.display())
            })?,
        );
    }
    Ok(messages)
}

pub(crate) fn text(text: String) -> Message {
    Message {
        content: Some(Content::Text(TextMessage { text })),
        ..Message::default()
    }
}

async fn preview(mut client: Client, broadcast: String, output: Output) -> anyhow::Result<()> {
    let request = PreviewBroadcastRequest {
        broadcast_id: broadcast.clone(),
        consistency_token: String::new(),
    };
    let response = client
        .broadcast
        .preview_broadcast(request)
        .await?
        .into_inner();
    output.message(&response, |preview| {
        format!(
            "{}\nto start it: fanfare broadcast confirm {broadcast} --hash {}",
            preview_table(preview),
            preview.preview_hash
        )
    })
}

fn preview_table(preview: &PreviewBroadcastResponse) -> String {
    let mut table = table(["Preview", ""]);
    table.add_row(["match the filter".to_owned(), count(preview.matching)]);
    table.add_row(["would get it".to_owned(), count(preview.included)]);
    for left_out in &preview.excluded {
        let reason = short(left_out.reason().as_str_name(), "EXCLUSION_REASON_");
        table.add_row([format!("left out: {reason}"), count(left_out.contacts)]);
    }
    match &preview.quota {
        Some(quota) => table.add_row([
            "quota this month".to_owned(),
            format!(
                "{} used of {}, {} left",
                count(quota.used),
                count(quota.limit),
                count(quota.remaining)
            ),
        ]),
        None => table.add_row(["quota this month", "no limit set, or not known"]),
    };
    for (place, message) in (1..).zip(&preview.rendered_messages) {
        table.add_row([format!("message {place}"), message.clone()]);
    }
    for finding in &preview.findings {
        table.add_row([finding.code.clone(), finding.message.clone()]);
    }
    table.to_string()
}

async fn confirm(mut client: Client, arguments: ConfirmArgs, output: Output) -> anyhow::Result<()> {
    let request = ConfirmBroadcastRequest {
        broadcast_id: arguments.broadcast.clone(),
        preview_hash: arguments.hash,
        request_id: Uuid::new_v4().to_string(),
    };
    let response = client
        .broadcast
        .confirm_broadcast(request)
        .await?
        .into_inner();
    if arguments.wait {
        let done = wait_until_done(&mut client, &arguments.broadcast, output).await?;
        return output.message(&done, one);
    }
    output.message(&response, |response| {
        response.broadcast.as_ref().map(one).unwrap_or_default()
    })
}

async fn resume(mut client: Client, broadcast: String, output: Output) -> anyhow::Result<()> {
    let request = ResumeBroadcastRequest {
        broadcast_id: broadcast,
    };
    let response = client
        .broadcast
        .resume_broadcast(request)
        .await?
        .into_inner();
    output.message(&response, |response| {
        response.broadcast.as_ref().map(one).unwrap_or_default()
    })
}

async fn status(mut client: Client, arguments: StatusArgs, output: Output) -> anyhow::Result<()> {
    if arguments.wait {
        let done = wait_until_done(&mut client, &arguments.broadcast, output).await?;
        return output.message(&done, one);
    }
    let request = GetBroadcastRequest {
        broadcast_id: arguments.broadcast,
        consistency_token: String::new(),
    };
    let response = client.broadcast.get_broadcast(request).await?.into_inner();
    output.message(&response, |response| {
        response.broadcast.as_ref().map(one).unwrap_or_default()
    })
}

async fn list(mut client: Client, output: Output) -> anyhow::Result<()> {
    let response = client
        .broadcast
        .list_broadcasts(ListBroadcastsRequest::default())
        .await?
        .into_inner();
    output.message(&response, |response| many(&response.broadcasts))
}

fn one(broadcast: &Broadcast) -> String {
    many(std::slice::from_ref(broadcast))
}

fn many(broadcasts: &[Broadcast]) -> String {
    let mut table = table([
        "Broadcast",
        "Name",
        "State",
        "People",
        "Settled",
        "Confirmed",
    ]);
    for broadcast in broadcasts {
        let mut state = short(broadcast.state().as_str_name(), "BROADCAST_STATE_");
        if !broadcast.state_detail.is_empty() {
            state = format!("{state}: {}", broadcast.state_detail);
        }
        table.add_row([
            broadcast.broadcast_id.clone(),
            broadcast.name.clone(),
            state,
            count(broadcast.included),
            count(broadcast.settled),
            time(broadcast.confirmed_at.as_ref()),
        ]);
    }
    table.to_string()
}
