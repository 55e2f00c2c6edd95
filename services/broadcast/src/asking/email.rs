use broadcast_domain::{
    Correlation, UNSUBSCRIBE_PLACE, Unsubscribe, mail_token, unsubscribe_token,
};
use channels::{
    email::{
        self, ComposeError, EmailAddress, EmailClient, EmailSettings, Person, Security,
        SettingsError, WrittenMail, compose,
    },
    meta::Outcome,
};
use events::{
    common::MailSecurity,
    contact::{AccountCredentials, SmtpCredentials},
};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{Answers, finding, meta::passes};
use crate::{LinksConfig, queries::Account};

/// TLS from the first byte.
const SMTPS: u16 = 465;

/// Whether a mail can be made of it, and whether the server takes the account's name and password.
pub(super) async fn ask(
    account: &Account,
    credentials: AccountCredentials,
    written: &WrittenMail,
    links: &LinksConfig,
) -> anyhow::Result<Answers> {
    let mut answers = Answers::default();
    let Some(smtp) = credentials.smtp else {
        return Ok(incomplete("mail server"));
    };
    let from: Result<EmailAddress, _> = account.channel_account_id.parse();
    let Ok(from) = from else {
        return Ok(incomplete("own address, which mail comes from"));
    };
    let return_path = match smtp.return_path.as_str() {
        "" => Ok(from.clone()),
        address => address.parse(),
    };
    let Ok(return_path) = return_path else {
        return Ok(incomplete("return path"));
    };
    match probe(written, from.clone(), return_path, links) {
        Ok(()) if leads_people(&links.base_url, &smtp.host) => {}
        Ok(()) | Err(ComposeError::UnsubscribeUrl { .. }) => answers.found(finding(
            "UNSUBSCRIBE_LINK_NOT_HTTPS",
            "mail providers want an https address to unsubscribe by; start this service with an https --links-url",
        )),
        Err(ComposeError::ReturnPath(error)) => answers.found(finding(
            "RETURN_PATH_TOO_LONG",
            format!(
                "the address that bounces come to {error} with what names a mail; rotate the credentials with a \
                 return_path of at most 18 characters before its @"
            ),
        )),
        Err(
            error @ (ComposeError::Content(_)
            | ComposeError::Correlation { .. }
            | ComposeError::Mime(_)),
        ) => answers.found(finding("CONTENT_REFUSED", error.to_string())),
    }
    if !written.html.contains(UNSUBSCRIBE_PLACE) || !written.text.contains(UNSUBSCRIBE_PLACE) {
        answers.found(finding(
            "UNSUBSCRIBE_LINK_NOT_SHOWN",
            "a part of the mail shows no link to unsubscribe, only the mail program's own button does; \
             write {{unsubscribe}} where it should stand",
        ));
    }
    login(smtp, &from, &mut answers).await;
    Ok(answers)
}

/// An address of this machine leads nobody anywhere, unless the mail stays on it as well.
fn leads_people(base_url: &str, smtp_host: &str) -> bool {
    base_url.starts_with("https://") || matches!(smtp_host, "localhost" | "127.0.0.1" | "::1")
}

fn incomplete(what: &str) -> Answers {
    let mut answers = Answers::default();
    answers.found(finding(
        "ACCOUNT_INCOMPLETE",
        format!("the account was connected without its {what}; connect it with one"),
    ));
    answers
}

/// A mail to nobody, put together as delivery does.
fn probe(
    written: &WrittenMail,
    from: EmailAddress,
    return_path: EmailAddress,
    links: &LinksConfig,
) -> Result<(), ComposeError> {
    let secret = links.secret.expose_secret().as_bytes();
    let nil = Uuid::nil();
    let token = unsubscribe_token(
        secret,
        &Unsubscribe {
            account_id: nil,
            contact_id: nil,
            broadcast_id: nil,
        },
    );
    let base = links.base_url.trim_end_matches('/');
    let correlation = Correlation {
        chunk_id: nil,
        place: 0,
    };
    let nobody = Person {
        address: from.clone(),
        correlation: mail_token(secret, correlation),
        unsubscribe: email::Unsubscribe {
            url: format!("{base}/u/{token}"),
            mail_to: None,
        },
    };
    let sender = written.sender(from, return_path);
    let at = std::time::SystemTime::UNIX_EPOCH;
    compose(&written.content(), &sender, &nobody, at).map(drop)
}

async fn login(smtp: SmtpCredentials, from: &EmailAddress, answers: &mut Answers) {
    let settings = settings(smtp, from.domain());
    let client = settings.and_then(EmailClient::try_new);
    let Ok(client) = client else {
        answers.found(finding(
            "ACCOUNT_INCOMPLETE",
            "the account's mail server is none; rotate the credentials",
        ));
        return;
    };
    match client.check().await {
        Ok(()) => {}
        Err(Outcome::Refused(refusal)) if !passes(refusal.action) => answers.found(finding(
            "CREDENTIALS_REFUSED",
            format!(
                "the mail server refuses the account: {}; rotate its credentials",
                refusal.detail
            ),
        )),
        Err(
            Outcome::Refused(_)
            | Outcome::Ambiguous { .. }
            | Outcome::Unsent { .. }
            | Outcome::Accepted(_),
        ) => answers.found(finding(
            "CHANNEL_UNREACHABLE",
            "the mail server does not answer at the moment, so that the account was not checked with it",
        )),
    }
}

fn settings(smtp: SmtpCredentials, domain: &str) -> Result<EmailSettings, SettingsError> {
    let port = u16::try_from(smtp.port).unwrap_or_default();
    let security = match smtp.security() {
        MailSecurity::None => Security::None,
        MailSecurity::Tls => Security::Tls,
        MailSecurity::Unspecified if port == SMTPS => Security::Tls,
        MailSecurity::Starttls | MailSecurity::Unspecified => Security::StartTls,
    };
    Ok(EmailSettings {
        security,
        password: SecretString::from(smtp.password),
        username: smtp.username,
        ..EmailSettings::try_new(&smtp.host, port, domain)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_that_leaves_this_machine_has_links_that_lead_back() {
        for (base_url, smtp_host, expected) in [
            ("https://go.shop.example", "smtp.shop.example", true),
            ("http://127.0.0.1:8080", "127.0.0.1", true),
            ("http://127.0.0.1:8080", "smtp.shop.example", false),
            ("http://go.shop.example", "smtp.shop.example", false),
        ] {
            let leads = leads_people(base_url, smtp_host);
            assert_eq!(leads, expected, "{base_url} by {smtp_host}");
        }
    }
}
