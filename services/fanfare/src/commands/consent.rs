use proto::{
    common::v1::Purpose,
    contacts::v1::{
        ChangeConsentRequest, CheckConsentRequest, ContactReference, ExternalIdentity,
        contact_reference::Reference,
    },
};
use uuid::Uuid;

use super::{account, text};
use crate::{
    cli::{CheckConsentArgs, ConsentArgs, PurposeArg},
    client::Client,
    output::{Output, table},
};

pub(super) async fn change(
    mut client: Client,
    arguments: ConsentArgs,
    opted_out: bool,
    output: Output,
) -> anyhow::Result<()> {
    let contacts = arguments.contacts.len();
    let purposes = arguments.purpose.into_iter().map(|p| purpose(p).into());
    let request = ChangeConsentRequest {
        request_id: arguments
            .request_id
            .unwrap_or_else(Uuid::now_v7)
            .to_string(),
        contact_ids: arguments.contacts,
        purposes: purposes.collect(),
        opted_out,
    };
    let response = client.consent.change_consent(request).await?.into_inner();
    output.message(&response, |_| {
        let way = if opted_out { "out" } else { "in again" };
        format!("opted {} {way}", text::contacts(contacts))
    })
}

pub(super) async fn check(
    mut client: Client,
    arguments: CheckConsentArgs,
    output: Output,
) -> anyhow::Result<()> {
    let mut references: Vec<Reference> = arguments
        .contacts
        .into_iter()
        .map(Reference::ContactId)
        .collect();
    if let Some(external_id) = arguments.external_id {
        let account_id = account::resolve(&mut client, arguments.account).await?;
        references.push(Reference::Identity(ExternalIdentity {
            account_id,
            external_id,
        }));
    }
    let references = references.into_iter().map(|reference| ContactReference {
        reference: Some(reference),
    });
    let purposes = arguments.purpose.into_iter().map(|p| purpose(p).into());
    let request = CheckConsentRequest {
        contacts: references.collect(),
        purposes: purposes.collect(),
        consistency_token: String::new(),
    };
    let response = client.consent.check_consent(request).await?.into_inner();
    output.message(&response, |response| {
        let mut table = table(["Contact", "For", "May be written to", "Since"]);
        for contact in &response.contacts {
            for consent in &contact.purposes {
                let answer = if consent.allowed {
                    "yes".to_owned()
                } else {
                    let refusal = consent.refusal().as_str_name();
                    format!("no: {}", text::short(refusal, "CONSENT_REFUSAL_"))
                };
                table.add_row([
                    contact.contact_id.clone(),
                    text::short(consent.purpose().as_str_name(), "PURPOSE_"),
                    answer,
                    text::time(consent.since.as_ref()),
                ]);
            }
        }
        table.to_string()
    })
}

pub(super) fn purpose(purpose: PurposeArg) -> Purpose {
    match purpose {
        PurposeArg::Broadcasts => Purpose::Broadcasts,
        PurposeArg::SiteMarketing => Purpose::SiteMarketing,
        PurposeArg::CartRemarketing => Purpose::CartRemarketing,
    }
}
