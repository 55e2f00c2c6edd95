//! Mail, one person at a time: what an account sends it with, and what is each person's own in it.

use std::time::SystemTime;

use anyhow::Context as _;
use broadcast_domain::{UNSUBSCRIBE_PLACE, Unsubscribe, mail_token, unsubscribe_token};
use channels::{
    email::{
        self, EmailAddress, EmailClient, EmailSettings, MailContent, Person, PreparedMail,
        Security, Sender, WrittenMail, compose,
    },
    meta::Outcome,
};
use events::{
    common::MailSecurity,
    contact::{AccountCredentials, SmtpCredentials},
};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::{
    config::{LinksConfig, MailConfig},
    one_by_one::Addressee,
    queue::Ready,
};

/// TLS from the first byte.
const SMTPS: u16 = 465;

/// The server that takes an account's mail.
#[derive(Debug, Clone)]
pub(crate) struct Mailer {
    client: EmailClient,
    from: EmailAddress,
    return_path: EmailAddress,
    links: LinksConfig,
}

/// A broadcast's mail.
#[derive(Debug, Clone)]
pub(crate) struct Mailing {
    mailer: Mailer,
    content: MailContent,
    sender: Sender,
    account_id: Uuid,
    broadcast_id: Uuid,
}

impl Mailer {
    /// `from` is the account's own address.
    pub(crate) fn try_new(
        config: &MailConfig,
        links: &LinksConfig,
        from: &str,
        credentials: AccountCredentials,
    ) -> anyhow::Result<Self> {
        let smtp = credentials
            .smtp
            .context("an account of mail has no server")?;
        let from: EmailAddress = from.parse().context("the account's address")?;
        let return_path = match smtp.return_path.as_str() {
            "" => from.clone(),
            address => address.parse().context("the account's return path")?,
        };
        let settings = settings(config, from.domain(), smtp)?;
        let client = EmailClient::try_new(settings).context("cannot speak to the mail server")?;
        Ok(Self {
            client,
            from,
            return_path,
            links: links.clone(),
        })
    }
}

fn settings(
    config: &MailConfig,
    domain: &str,
    smtp: SmtpCredentials,
) -> anyhow::Result<EmailSettings> {
    let port = u16::try_from(smtp.port).context("the mail server's port")?;
    let security = match smtp.security() {
        MailSecurity::None => Security::None,
        MailSecurity::Tls => Security::Tls,
        MailSecurity::Unspecified if port == SMTPS => Security::Tls,
        MailSecurity::Starttls | MailSecurity::Unspecified => Security::StartTls,
    };
    Ok(EmailSettings {
        security,
        timeouts: config.timeouts(),
        end_timeout: config.end_timeout(),
        password: SecretString::from(smtp.password),
        username: smtp.username,
        ..EmailSettings::try_new(&smtp.host, port, domain)?
    })
}

/// Gmail counts complaints by each of its four parts: the broadcast, the account, the kind, the sender.
fn feedback_id(ready: &Ready) -> String {
    let (broadcast, account) = (ready.broadcast_id.simple(), ready.account_id.simple());
    format!("{broadcast}:{account}:broadcast:fanfare")
}

impl Mailing {
    /// `stored` is the content as the broadcast service left it.
    pub(crate) fn try_new(mailer: Mailer, stored: &str, ready: &Ready) -> anyhow::Result<Self> {
        let written = WrittenMail::from_json(stored)?;
        let sender = written.sender(mailer.from.clone(), mailer.return_path.clone());
        let mailing = Self {
            content: written.content(),
            sender: Sender {
                feedback_id: Some(feedback_id(ready)),
                ..sender
            },
            mailer,
            account_id: ready.account_id,
            broadcast_id: ready.broadcast_id,
        };
        // What is wrong with it is wrong for all, and nobody's own fault.
        mailing.probe()?;
        Ok(mailing)
    }

    /// One attempt, by a connection that may have been used before. `None`: nobody can have such an address.
    pub(crate) async fn send(&self, to: &Addressee<'_>) -> Option<Outcome> {
        let address: EmailAddress = to.address.parse().ok()?;
        let mail = self.mail(address, to).ok()?;
        Some(self.mailer.client.send(&mail).await)
    }

    fn probe(&self) -> anyhow::Result<()> {
        let nobody = Addressee {
            address: "",
            contact_id: Uuid::nil(),
            correlation: broadcast_domain::Correlation {
                chunk_id: Uuid::nil(),
                place: 0,
            },
            at: chrono::DateTime::UNIX_EPOCH,
        };
        let mail = self.mail(self.mailer.from.clone(), &nobody);
        mail.map(drop).context("no mail can be made of this")
    }

    fn mail(
        &self,
        address: EmailAddress,
        to: &Addressee<'_>,
    ) -> Result<PreparedMail, email::ComposeError> {
        let secret = self.mailer.links.secret.expose_secret().as_bytes();
        let url = self.unsubscribe_url(secret, to.contact_id);
        let content = MailContent {
            subject: self.content.subject.clone(),
            text: self.content.text.replace(UNSUBSCRIBE_PLACE, &url),
            html: self.content.html.replace(UNSUBSCRIBE_PLACE, &url),
        };
        let person = Person {
            address,
            correlation: mail_token(secret, to.correlation),
            unsubscribe: email::Unsubscribe { url, mail_to: None },
        };
        compose(&content, &self.sender, &person, SystemTime::from(to.at))
    }

    fn unsubscribe_url(&self, secret: &[u8], contact_id: Uuid) -> String {
        let unsubscribe = Unsubscribe {
            account_id: self.account_id,
            contact_id,
            broadcast_id: self.broadcast_id,
        };
        let token = unsubscribe_token(secret, &unsubscribe);
        let base = self.mailer.links.base_url.trim_end_matches('/');
        format!("{base}/u/{token}")
    }
}
