mod change;

use proto::contacts::v1::{Contact, GetContactRequest, ListContactsRequest, ShowHistoryRequest};

use super::{account, bulk, consent, conversation, import, text};
use crate::{
    cli::{ContactCommand, ListContactsArgs},
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: ContactCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        ContactCommand::Import(arguments) => import::run(client, arguments, output).await,
        ContactCommand::List(arguments) => list(client, arguments, output).await,
        ContactCommand::Show { contact } => show(client, contact, output).await,
        ContactCommand::Update(arguments) => change::update(client, arguments, output).await,
        ContactCommand::Unsubscribe(arguments) => {
            consent::change(client, arguments, true, output).await
        }
        ContactCommand::Resubscribe(arguments) => {
            consent::change(client, arguments, false, output).await
        }
        ContactCommand::Check(arguments) => consent::check(client, arguments, output).await,
        ContactCommand::Bind { contact, visitor } => {
            change::bind(client, contact, visitor, output).await
        }
        ContactCommand::Unbind { contact } => change::unbind(client, contact, output).await,
        ContactCommand::Messages(arguments) => conversation::list(client, arguments, output).await,
        ContactCommand::Tag(arguments) => bulk::tag(client, arguments, output).await,
        ContactCommand::Consent(arguments) => bulk::consent(client, arguments, output).await,
        ContactCommand::Delete(arguments) => bulk::delete(client, arguments, output).await,
        ContactCommand::Record(arguments) => conversation::record(client, arguments, output).await,
        ContactCommand::History {
            contact,
            limit,
            page_token,
        } => {
            let request = ShowHistoryRequest {
                contact_id: contact,
                page_size: limit,
                page_token,
                consistency_token: String::new(),
            };
            history(client, request, output).await
        }
    }
}

async fn list(
    mut client: Client,
    arguments: ListContactsArgs,
    output: Output,
) -> anyhow::Result<()> {
    let request = ListContactsRequest {
        account_id: account::resolve(&mut client, arguments.account).await?,
        page_size: arguments.limit,
        page_token: arguments.page_token,
        consistency_token: String::new(),
    };
    let response = client.contacts.list_contacts(request).await?.into_inner();
    output.message(&response, |response| {
        let mut table = table(["Contact", "Name", "Tags", "Status", "Last interaction"]);
        for contact in &response.contacts {
            table.add_row([
                contact.contact_id.clone(),
                contact.display_name.clone(),
                contact.tags.join(", "),
                status(contact),
                text::time(contact.last_interaction_at.as_ref()),
            ]);
        }
        let shown = response.contacts.len();
        let mut page = format!("{table}\n{shown} of {}", text::count(response.total));
        if !response.next_page_token.is_empty() {
            page.push_str("; more with --page-token ");
            page.push_str(&response.next_page_token);
        }
        page
    })
}

async fn show(mut client: Client, contact: String, output: Output) -> anyhow::Result<()> {
    let request = GetContactRequest {
        contact_id: contact,
        consistency_token: String::new(),
    };
    let response = client.contacts.get_contact(request).await?.into_inner();
    output.message(&response, |response| {
        let contact = response.contact.clone().unwrap_or_default();
        let mut table = table(["Field", "Value"]);
        let rows = [
            ("Contact", contact.contact_id.clone()),
            ("Account", contact.account_id.clone()),
            ("Channel's id", contact.external_id.clone()),
            ("Name", contact.display_name.clone()),
            ("Phone", contact.phone.clone()),
            ("E-mail", contact.email.clone()),
            ("Member number", contact.member_number.clone()),
            ("Tags", contact.tags.join(", ")),
            ("Status", status(&contact)),
            ("Opted out", opt_outs(&contact)),
            (
                "Site",
                if contact.site_bound { "bound" } else { "" }.to_owned(),
            ),
            ("Etag", contact.etag.clone()),
            ("Subscribed", text::time(contact.subscribed_at.as_ref())),
            (
                "Last interaction",
                text::time(contact.last_interaction_at.as_ref()),
            ),
        ];
        for (field, value) in rows {
            table.add_row([field.to_owned(), value]);
        }
        table.to_string()
    })
}

async fn history(
    mut client: Client,
    request: ShowHistoryRequest,
    output: Output,
) -> anyhow::Result<()> {
    let response = client.contacts.show_history(request).await?.into_inner();
    output.message(&response, |response| {
        let mut table = table(["When", "Who", "What"]);
        for entry in &response.entries {
            let at = entry.occurred_at.as_ref().or(entry.recorded_at.as_ref());
            table.add_row([
                text::time(at),
                entry.actor.clone(),
                entry.description.clone(),
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

fn status(contact: &Contact) -> String {
    text::short(contact.status().as_str_name(), "CONTACT_STATUS_")
}

fn opt_outs(contact: &Contact) -> String {
    let opt_outs = contact.opt_outs.iter().map(|out| {
        let by = if out.by_person {
            "the person"
        } else {
            "the team"
        };
        let purpose = text::short(out.purpose().as_str_name(), "PURPOSE_");
        format!("{purpose}, by {by}")
    });
    opt_outs.collect::<Vec<_>>().join("; ")
}
