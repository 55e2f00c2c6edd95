use anyhow::bail;
use prost_types::FieldMask;
use proto::contacts::v1::{BindSiteRequest, Contact, UnbindSiteRequest, UpdateContactRequest};
use uuid::Uuid;

use crate::{cli::UpdateContactArgs, client::Client, output::Output};

pub(super) async fn update(
    mut client: Client,
    arguments: UpdateContactArgs,
    output: Output,
) -> anyhow::Result<()> {
    let fields = [
        ("display_name", &arguments.name),
        ("phone", &arguments.phone),
        ("email", &arguments.email),
        ("member_number", &arguments.member_number),
    ];
    let given = fields.iter().filter(|(_, text)| text.is_some());
    let paths: Vec<String> = given.map(|(field, _)| (*field).to_owned()).collect();
    if paths.is_empty() {
        bail!("say what to change: --name, --phone, --email or --member-number");
    }
    let request = UpdateContactRequest {
        contact: Some(Contact {
            contact_id: arguments.contact,
            display_name: arguments.name.unwrap_or_default(),
            phone: arguments.phone.unwrap_or_default(),
            email: arguments.email.unwrap_or_default(),
            member_number: arguments.member_number.unwrap_or_default(),
            etag: arguments.etag,
            ..Contact::default()
        }),
        update_mask: Some(FieldMask { paths }),
        request_id: arguments
            .request_id
            .unwrap_or_else(Uuid::now_v7)
            .to_string(),
    };
    let response = client.contacts.update_contact(request).await?.into_inner();
    output.message(&response, |_| "the contact was changed".to_owned())
}

pub(super) async fn bind(
    mut client: Client,
    contact_id: String,
    visitor_id: String,
    output: Output,
) -> anyhow::Result<()> {
    let request = BindSiteRequest {
        contact_id,
        visitor_id,
    };
    let response = client.contacts.bind_site(request).await?.into_inner();
    output.message(&response, |_| "the browser is the contact's".to_owned())
}

pub(super) async fn unbind(
    mut client: Client,
    contact_id: String,
    output: Output,
) -> anyhow::Result<()> {
    let request = UnbindSiteRequest { contact_id };
    let response = client.contacts.unbind_site(request).await?.into_inner();
    output.message(&response, |_| {
        "no browser is the contact's any more".to_owned()
    })
}
