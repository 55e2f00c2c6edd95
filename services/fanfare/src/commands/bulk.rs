//! Commands on everyone who matches a filter. Each starts a job.

use anyhow::bail;
use proto::{
    contacts::v1::{
        ConsentJob, DeleteContactsRequest, DeleteJob, StartJobRequest, TagJob,
        start_job_request::Action,
    },
    segmentation::v1::{CountContactsRequest, Filter},
};
use uuid::Uuid;

use super::{
    account, again::again, consent::purpose as consent_purpose, job, segment, text::count,
};
use crate::{
    cli::{ConsentMatchingArgs, DeleteContactsArgs, StartArgs, TagMatchingArgs, WhoArgs},
    client::Client,
    output::Output,
};

pub(super) async fn tag(
    client: Client,
    arguments: TagMatchingArgs,
    output: Output,
) -> anyhow::Result<()> {
    let tag = TagJob {
        add_tags: arguments.add,
        remove_tags: arguments.remove,
    };
    start(
        client,
        arguments.who,
        &arguments.job,
        Action::Tag(tag),
        output,
    )
    .await
}

pub(super) async fn consent(
    client: Client,
    arguments: ConsentMatchingArgs,
    output: Output,
) -> anyhow::Result<()> {
    let purposes = arguments.purpose.into_iter();
    let purposes = purposes.map(|purpose| consent_purpose(purpose).into());
    let consent = ConsentJob {
        purposes: purposes.collect(),
        opted_out: arguments.out,
    };
    let action = Action::Consent(consent);
    start(client, arguments.who, &arguments.job, action, output).await
}

pub(super) async fn delete(
    mut client: Client,
    arguments: DeleteContactsArgs,
    output: Output,
) -> anyhow::Result<()> {
    if !arguments.contacts.is_empty() {
        if says_whom(&arguments.who) {
            bail!("give contacts or a filter, not both");
        }
        return delete_named(client, arguments.contacts, arguments.confirm, output).await;
    }
    let Some(expected_contacts) = arguments.expect else {
        let (account_id, filter) = whom(&mut client, arguments.who).await?;
        return say_how_many(client, account_id, filter).await;
    };
    let delete = DeleteJob {
        confirmation: arguments.confirm,
        expected_contacts,
    };
    let action = Action::Delete(delete);
    start(client, arguments.who, &arguments.job, action, output).await
}

async fn delete_named(
    mut client: Client,
    contact_ids: Vec<String>,
    confirmation: String,
    output: Output,
) -> anyhow::Result<()> {
    let request = DeleteContactsRequest {
        contact_ids,
        confirmation,
    };
    let response = client.contacts.delete_contacts(request).await?.into_inner();
    output.message(&response, |response| match response.deleted {
        1 => "1 contact was deleted for good".to_owned(),
        deleted => format!("{deleted} contacts were deleted for good"),
    })
}

/// Nobody is deleted before somebody has seen how many they are.
async fn say_how_many(
    mut client: Client,
    account_id: String,
    filter: Filter,
) -> anyhow::Result<()> {
    let request = CountContactsRequest {
        account_id,
        filter: Some(filter),
        ..CountContactsRequest::default()
    };
    let counted = client.segmentation.count_contacts(request).await?;
    let matching = counted.into_inner().matching;
    if matching == 0 {
        bail!("nobody matches");
    }
    let expect = matching.to_string();
    bail!(
        "{} contacts match, and it can't be undone; if these are to go:\n  {}",
        count(matching),
        again(&[("--expect", &expect), ("--confirm", "DELETE")])
    )
}

async fn start(
    mut client: Client,
    who: WhoArgs,
    arguments: &StartArgs,
    action: Action,
    output: Output,
) -> anyhow::Result<()> {
    let (account_id, filter) = whom(&mut client, who).await?;
    let request = StartJobRequest {
        job_id: arguments.job.unwrap_or_else(Uuid::now_v7).to_string(),
        account_id,
        filter: Some(filter),
        action: Some(action),
    };
    job::start(client, request, arguments.no_wait, output).await
}

/// The account and the filter. That it is for everyone has to be said.
async fn whom(client: &mut Client, who: WhoArgs) -> anyhow::Result<(String, Filter)> {
    if !says_whom(&who) {
        bail!(
            "say whom: --filter 'tag:vip', --segment NAME, or --filter everyone; `fanfare segment \
             count --help` shows filters"
        );
    }
    match who.segment {
        None => {
            let account_id = account::resolve(client, who.account).await?;
            Ok((account_id, who.filter.filter()))
        }
        Some(named) => {
            let saved = segment::find(client, &named).await?;
            let of_segment = Some(saved.account_id).filter(|account| !account.is_empty());
            let account_id = account::resolve(client, who.account.or(of_segment)).await?;
            Ok((account_id, saved.filter.unwrap_or_default()))
        }
    }
}

fn says_whom(who: &WhoArgs) -> bool {
    who.segment.is_some() || who.filter.is_given()
}
