use std::time::SystemTime;

use bytes::Bytes;
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, SinglePart},
};
use reqwest::Url;

use super::{
    address::{AddressError, EmailAddress},
    checks::check_content,
    headers,
    limits::{CORRELATION_BYTES_MAX, URL_BYTES_MAX},
    message::{MailContent, Person, Sender},
};
use crate::meta::ContentErrors;

/// One mail as it goes over the wire. Made again of the same it has the same bytes.
#[derive(Debug, Clone)]
pub struct PreparedMail {
    pub(super) return_path: Address,
    pub(super) to: Address,
    pub(super) bytes: Bytes,
}

/// Why there is no mail. Neither the person's address nor the link that is theirs is told.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error(transparent)]
    Content(#[from] ContentErrors),
    #[error("correlation is 1 to {CORRELATION_BYTES_MAX} of a-z and 0-9, not {bytes} bytes")]
    Correlation { bytes: usize },
    #[error("return_path with the correlation {0}")]
    ReturnPath(#[source] AddressError),
    #[error(
        "unsubscribe.url is an https address in ASCII of at most {URL_BYTES_MAX} bytes, not {bytes}"
    )]
    UnsubscribeUrl { bytes: usize },
    #[error("cannot put the mail together")]
    Mime(#[source] lettre::error::Error),
}

impl PreparedMail {
    /// What follows DATA, before dots are doubled.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Where its bounces go.
    pub fn return_path(&self) -> &str {
        self.return_path.as_ref()
    }
}

/// Puts one person's mail together. `date` is part of it, so that a repeat has the same bytes.
pub fn compose(
    content: &MailContent,
    sender: &Sender,
    person: &Person,
    date: SystemTime,
) -> Result<PreparedMail, ComposeError> {
    check_content(content, sender)?;
    let return_path = return_path(sender, &person.correlation)?;
    check_url(&person.unsubscribe.url)?;

    let mailbox = |address: &EmailAddress| Mailbox::new(None, address.lettre());
    let from = Mailbox::new(sender.from_name.clone(), sender.from.lettre());
    let message_id = format!("<{}@{}>", person.correlation, sender.from.domain());
    let mut message = Message::builder()
        .date(date)
        .message_id(Some(message_id))
        .from(from)
        .to(mailbox(&person.address))
        .subject(one_space(&content.subject))
        .raw_header(headers::list_unsubscribe(&person.unsubscribe))
        .raw_header(headers::one_click())
        .raw_header(headers::no_auto_response());
    if let Some(reply_to) = &sender.reply_to {
        message = message.reply_to(mailbox(reply_to));
    }
    if let Some(id) = &sender.feedback_id {
        message = message.raw_header(headers::feedback_id(id));
    }
    // `=_` stands neither in quoted-printable nor in base64, and of plain text nobody knows the correlation.
    let boundary = format!("=_{}", person.correlation);
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(SinglePart::plain(content.text.clone()))
        .singlepart(SinglePart::html(content.html.clone()));
    let message = message.multipart(parts).map_err(ComposeError::Mime)?;
    Ok(PreparedMail {
        return_path: return_path.lettre(),
        to: person.address.lettre(),
        bytes: message.formatted().into(),
    })
}

fn return_path(sender: &Sender, correlation: &str) -> Result<EmailAddress, ComposeError> {
    let opaque = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = correlation.len();
    if !(1..=CORRELATION_BYTES_MAX).contains(&bytes) || !correlation.bytes().all(opaque) {
        return Err(ComposeError::Correlation { bytes });
    }
    let return_path = &sender.return_path;
    return_path
        .with_tag(correlation)
        .map_err(ComposeError::ReturnPath)
}

fn check_url(url: &str) -> Result<(), ComposeError> {
    // What stays on one machine needs no TLS.
    let safe = ["https://", "http://127.0.0.1:", "http://localhost:"];
    let good = safe.iter().any(|start| url.starts_with(start))
        && url.len() <= URL_BYTES_MAX
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && !url.contains(['<', '>'])
        && Url::parse(url).is_ok();
    if !good {
        return Err(ComposeError::UnsubscribeUrl { bytes: url.len() });
    }
    Ok(())
}

/// Several spaces between words that have to be encoded would be lost altogether: RFC 2047 has none between them.
fn one_space(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
