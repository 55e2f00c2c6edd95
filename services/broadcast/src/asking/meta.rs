use channels::{
    messenger::MessengerClient,
    meta::{Action, CallError, Graph, Template, TemplateCategory, TemplateStatus},
    whatsapp::{DailyLimit, NumberInfo, TemplateMessage, WhatsAppClient, check_fits},
};
use events::contact::AccountCredentials;
use proto::broadcast::v1::Finding;
use secrecy::SecretString;
use tracing::warn;

use super::{Answers, DailyPeople, finding};
use crate::queries::Account;

/// Whether the page can be used, and whether its utility template may be sent.
pub(super) async fn ask_messenger(
    graph: &Graph,
    account: &Account,
    credentials: AccountCredentials,
    template: Option<&(String, String)>,
) -> anyhow::Result<Answers> {
    let (token, secret) = secrets(credentials);
    let client =
        MessengerClient::try_new(graph, &account.channel_account_id, &token, secret.as_ref());
    let Ok(client) = client else {
        return Ok(unknown("page's id"));
    };
    let mut answers = Answers::default();
    if let Err(error) = client.page_info().await {
        answers.found(refused(&error));
    }
    if let Some((name, language)) = template {
        match client.templates().await {
            Ok(templates) => match find(&templates, name, language) {
                Ok(template) if template.category != TemplateCategory::Utility => {
                    answers.found(finding(
                        "TEMPLATE_NOT_UTILITY",
                        format!("the template {name} is not a utility template, and Messenger sends no other"),
                    ));
                }
                Ok(_) => {}
                Err(finding) => answers.found(finding),
            },
            Err(error) => answers.found(refused(&error)),
        }
    }
    Ok(answers)
}

/// Whether the number can be used, and whether its template may be sent as it was filled.
pub(super) async fn ask_whatsapp(
    graph: &Graph,
    account: &Account,
    credentials: AccountCredentials,
    message: &TemplateMessage,
) -> anyhow::Result<Answers> {
    let waba_id = credentials.business_account_id.clone();
    let (token, secret) = secrets(credentials);
    let client =
        WhatsAppClient::try_new(graph, &account.channel_account_id, &token, secret.as_ref());
    let Ok(client) = client else {
        return Ok(unknown("phone number's id"));
    };
    let mut answers = Answers::default();
    match client.number_info().await {
        Ok(number) => answers.daily = daily(&number, &waba_id, account),
        Err(error) => answers.found(refused(&error)),
    }
    if waba_id.is_empty() {
        answers.found(finding(
            "TEMPLATE_NOT_CHECKED",
            "the account has no business_account_id, so that it is not known whether the template may be sent; \
             rotate the credentials with one",
        ));
        return Ok(answers);
    }
    match client.templates(&waba_id).await {
        Ok(templates) => match find(&templates, &message.name, &message.language) {
            Ok(template) => {
                if let Err(errors) = check_fits(template, message) {
                    answers.found(finding(
                        "TEMPLATE_DOES_NOT_FIT",
                        format!("the template that Meta approved is filled otherwise: {errors}"),
                    ));
                }
            }
            Err(finding) => answers.found(finding),
        },
        Err(error) => answers.found(refused(&error)),
    }
    Ok(answers)
}

/// Counted as delivery counts.
fn daily(number: &NumberInfo, waba_id: &str, account: &Account) -> Option<DailyPeople> {
    let of = if waba_id.is_empty() {
        &account.channel_account_id
    } else {
        waba_id
    };
    match number.daily_limit()? {
        DailyLimit::Unlimited => None,
        DailyLimit::People(limit) => Some(DailyPeople {
            business_account_id: of.to_owned(),
            limit,
        }),
    }
}

pub(super) fn secrets(credentials: AccountCredentials) -> (SecretString, Option<SecretString>) {
    let secret = credentials.channel_secret;
    let secret = (!secret.is_empty()).then(|| SecretString::from(secret));
    (SecretString::from(credentials.access_token), secret)
}

/// The template, if it may be sent.
fn find<'a>(
    templates: &'a [Template],
    name: &str,
    language: &str,
) -> Result<&'a Template, Finding> {
    let named = templates
        .iter()
        .find(|template| template.key.name == name && template.key.language == language);
    let Some(template) = named else {
        let languages: Vec<&str> = templates
            .iter()
            .filter(|template| template.key.name == name)
            .map(|template| template.key.language.as_str())
            .collect();
        let known = if languages.is_empty() {
            "there is none of this name".to_owned()
        } else {
            format!("there is one in {}", languages.join(", "))
        };
        return Err(finding(
            "TEMPLATE_UNKNOWN",
            format!("Meta has no template {name} in {language}: {known}"),
        ));
    };
    match &template.status {
        TemplateStatus::Approved => Ok(template),
        status @ (TemplateStatus::Pending
        | TemplateStatus::Rejected
        | TemplateStatus::Paused
        | TemplateStatus::Disabled
        | TemplateStatus::Other(_)) => {
            let reason = template
                .rejected_reason
                .as_deref()
                .unwrap_or("no reason given");
            Err(finding(
                "TEMPLATE_NOT_APPROVED",
                format!(
                    "the template {name} in {language} is {status:?} ({reason}); only an approved one may be sent"
                ),
            ))
        }
    }
}

fn unknown(what: &str) -> Answers {
    let mut answers = Answers::default();
    answers.found(finding(
        "ACCOUNT_INCOMPLETE",
        format!("the account was connected without its {what}; connect it with one"),
    ));
    answers
}

fn refused(error: &CallError) -> Finding {
    match error {
        CallError::Refused(refusal) if !passes(refusal.action) => finding(
            "CREDENTIALS_REFUSED",
            format!(
                "Meta refuses the account: {}; connect it anew",
                refusal.detail
            ),
        ),
        CallError::Refused(_)
        | CallError::Unclear { .. }
        | CallError::Unreachable
        | CallError::Unreadable
        | CallError::Endless => {
            warn!(
                error = error as &dyn std::error::Error,
                "Meta does not answer a preview"
            );
            finding(
                "CHANNEL_UNREACHABLE",
                "Meta does not answer at the moment, so that the account and its templates were not checked with it",
            )
        }
    }
}

/// A question is about no person: Meta not knowing the one who was asked about is not knowing the account.
pub(super) fn passes(action: Action) -> bool {
    match action {
        Action::Pause(_) | Action::Retry | Action::DeferPerson => true,
        Action::Stop(_) | Action::StopBroadcast | Action::SkipPerson(_) => false,
    }
}
