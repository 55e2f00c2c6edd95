use proto::{
    common::v1::Purpose,
    contacts::v1::{
        ChangeConsentRequest, CheckConsentRequest, ExternalIdentity,
        check_consent_request::Contact as Whom,
    },
};
use uuid::Uuid;

use super::text;
use crate::{
    cli::{CheckConsentArgs, ConsentArgs, PurposeArg},
    client::Client,
    output::Output,
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
    let whom = match arguments.external_id {
        Some(external_id) => Whom::Identity(ExternalIdentity {
            account_id: arguments.account.unwrap_or_default(),
            external_id,
        }),
        None => Whom::ContactId(arguments.contact.unwrap_or_default()),
    };
    let request = CheckConsentRequest {
        purpose: purpose(arguments.purpose).into(),
        consistency_token: String::new(),
        contact: Some(whom),
    };
    let response = client.consent.check_consent(request).await?.into_inner();
    output.message(&response, |response| {
        if response.allowed {
            return "may be written to".to_owned();
        }
        let why = text::short(response.refusal().as_str_name(), "CONSENT_REFUSAL_");
        match &response.since {
            Some(since) => format!(
                "must not be written to: {why}, since {}",
                text::time(Some(since))
            ),
            None => format!("must not be written to: {why}"),
        }
    })
}

pub(super) fn purpose(purpose: PurposeArg) -> Purpose {
    match purpose {
        PurposeArg::Broadcasts => Purpose::Broadcasts,
        PurposeArg::SiteMarketing => Purpose::SiteMarketing,
        PurposeArg::CartRemarketing => Purpose::CartRemarketing,
    }
}
