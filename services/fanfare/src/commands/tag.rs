use anyhow::Context as _;
use proto::{
    contacts::v1::{CreateTagRequest, DeleteTagRequest, RenameTagRequest, TagContactsRequest},
    segmentation::v1::ListTagsRequest,
};
use uuid::Uuid;

use super::{segment, text};
use crate::{
    cli::{TagCommand, TagContactsArgs},
    client::Client,
    output::Output,
};

pub(crate) async fn run(command: TagCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        TagCommand::List => segment::tags(client, output).await,
        TagCommand::Create { name } => create(client, name, output).await,
        TagCommand::Rename { tag, name } => rename(client, tag, name, output).await,
        TagCommand::Delete { tag } => delete(client, tag, output).await,
        TagCommand::Add(arguments) => {
            let tags = (arguments.tag.clone(), Vec::new());
            change(client, arguments, tags, output).await
        }
        TagCommand::Remove(arguments) => {
            let tags = (Vec::new(), arguments.tag.clone());
            change(client, arguments, tags, output).await
        }
    }
}

async fn create(mut client: Client, name: String, output: Output) -> anyhow::Result<()> {
    let request = CreateTagRequest { name };
    let response = client.tags.create_tag(request).await?.into_inner();
    output.message(&response, |response| {
        let tag = response.tag.clone().unwrap_or_default();
        format!("{} is tag {}", tag.name, tag.tag_id)
    })
}

async fn rename(
    mut client: Client,
    tag: String,
    name: String,
    output: Output,
) -> anyhow::Result<()> {
    let tag_id = id_of(&mut client, tag).await?;
    let request = RenameTagRequest { tag_id, name };
    let response = client.tags.rename_tag(request).await?.into_inner();
    output.message(&response, |response| {
        let tag = response.tag.clone().unwrap_or_default();
        format!(
            "the tag is now called {}, for everyone who has it",
            tag.name
        )
    })
}

async fn delete(mut client: Client, tag: String, output: Output) -> anyhow::Result<()> {
    let tag_id = id_of(&mut client, tag).await?;
    let request = DeleteTagRequest { tag_id };
    let response = client.tags.delete_tag(request).await?.into_inner();
    output.message(&response, |_| "nobody has the tag any more".to_owned())
}

/// The tag of this id or name.
async fn id_of(client: &mut Client, named: String) -> anyhow::Result<String> {
    if Uuid::parse_str(&named).is_ok() {
        return Ok(named);
    }
    let request = ListTagsRequest::default();
    let tags = client.segmentation.list_tags(request).await?.into_inner();
    let tag = tags.tags.into_iter().find(|tag| tag.name == named.trim());
    let tag = tag.with_context(|| format!("there is no tag {named:?}; see `fanfare tag list`"))?;
    Ok(tag.tag_id)
}

async fn change(
    mut client: Client,
    arguments: TagContactsArgs,
    (add_tags, remove_tags): (Vec<String>, Vec<String>),
    output: Output,
) -> anyhow::Result<()> {
    let contacts = arguments.contacts.len();
    let request = TagContactsRequest {
        request_id: arguments
            .request_id
            .unwrap_or_else(Uuid::now_v7)
            .to_string(),
        contact_ids: arguments.contacts,
        add_tags,
        remove_tags,
    };
    let response = client.tags.tag_contacts(request).await?.into_inner();
    output.message(&response, |_| {
        format!("done for {}", text::contacts(contacts))
    })
}
