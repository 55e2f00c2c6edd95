//! Credentials as they come in: each channel's own, and whole.

use contacts_domain::ExternalId;
use events::{
    common::{Channel, MailSecurity},
    contact::{AccountCredentials, SmtpCredentials},
};
use proto::contacts::v1::{
    Credentials, LineCredentials, MailCredentials, MetaCredentials, credentials::Channel as Given,
};
use tonic::Status;

use crate::status;

const SECRET_CHARS_MAX: usize = 1_000;
/// Meta does not promise a length; 17 digits are seen.
const GRAPH_ID_DIGITS_MAX: usize = 32;
/// RFC 1035's limit of a name.
const HOST_CHARS_MAX: usize = 253;
/// 64 that SMTP has room for, without a plus and the 45 that name a mail.
const RETURN_PATH_LOCAL_MAX: usize = 18;
/// Where mail is submitted, with STARTTLS.
const SMTP_PORT: u32 = 587;

/// Checks that the credentials are of this channel, with all that they need.
pub(super) fn parse(
    channel: Channel,
    credentials: Option<Credentials>,
) -> Result<AccountCredentials, Status> {
    let given = credentials.and_then(|credentials| credentials.channel);
    let given = given.ok_or_else(|| status::required("credentials"))?;
    let of = match &given {
        Given::Line(_) => Channel::Line,
        Given::Messenger(_) => Channel::Messenger,
        Given::Whatsapp(_) => Channel::Whatsapp,
        Given::Email(_) => Channel::Email,
    };
    if of != channel {
        return Err(bootstrap::invalid_argument(
            "credentials",
            "CREDENTIALS_OF_ANOTHER_CHANNEL",
            format!(
                "are of {}, and the account is of {}",
                name(of),
                name(channel)
            ),
        ));
    }
    match given {
        Given::Line(line) => parse_line(&line),
        Given::Messenger(meta) => parse_meta("credentials.messenger", &meta),
        Given::Whatsapp(meta) => parse_meta("credentials.whatsapp", &meta),
        Given::Email(mail) => parse_mail(&mail),
    }
}

fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => "no channel",
        Channel::Line => "LINE",
        Channel::Messenger => "Messenger",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "e-mail",
    }
}

fn parse_line(line: &LineCredentials) -> Result<AccountCredentials, Status> {
    Ok(AccountCredentials {
        access_token: token("credentials.line.access_token", &line.access_token)?,
        channel_secret: token("credentials.line.channel_secret", &line.channel_secret)?,
        ..AccountCredentials::default()
    })
}

fn parse_meta(of: &str, meta: &MetaCredentials) -> Result<AccountCredentials, Status> {
    Ok(AccountCredentials {
        access_token: token(&format!("{of}.access_token"), &meta.access_token)?,
        channel_secret: token(&format!("{of}.app_secret"), &meta.app_secret)?,
        verify_token: secret(&format!("{of}.verify_token"), meta.verify_token.trim())?,
        business_account_id: graph_id(
            &format!("{of}.business_account_id"),
            &meta.business_account_id,
        )?,
        ..AccountCredentials::default()
    })
}

fn parse_mail(mail: &MailCredentials) -> Result<AccountCredentials, Status> {
    let smtp = SmtpCredentials {
        host: host("credentials.email.smtp_host", &mail.smtp_host)?,
        port: port("credentials.email.smtp_port", mail.smtp_port)?,
        username: secret("credentials.email.username", mail.username.trim())?,
        // Not trimmed: a password may begin or end with a space.
        password: secret("credentials.email.password", &mail.password)?,
        security: MailSecurity::try_from(mail.security)
            .map_err(|_| invalid("credentials.email.security", "is none that there is"))?
            .into(),
        return_path: return_path("credentials.email.return_path", &mail.return_path)?,
    };
    Ok(AccountCredentials {
        smtp: Some(smtp),
        ..AccountCredentials::default()
    })
}

/// Where bounces go; may be left out. What names a mail stands behind its name, and both have to fit.
fn return_path(field: &str, value: &str) -> Result<String, Status> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(String::new());
    }
    let address = ExternalId::parse(Channel::Email, value);
    let address = address.map_err(|error| invalid(field, &error.to_string()))?;
    let local = value.rsplit_once('@').map_or(0, |(local, _)| local.len());
    if local > RETURN_PATH_LOCAL_MAX || !value.is_ascii() {
        let message = format!(
            "has {local} bytes before its @; give ASCII, and at most {RETURN_PATH_LOCAL_MAX}"
        );
        return Err(invalid(field, &message));
    }
    Ok(address.into_string())
}

/// Of a WhatsApp business account; may be left out.
fn graph_id(field: &str, value: &str) -> Result<String, Status> {
    let value = value.trim();
    if value.len() <= GRAPH_ID_DIGITS_MAX && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(value.to_owned());
    }
    Err(invalid(field, "is not an id of Meta's: digits only"))
}

/// What goes into a header, or keys an HMAC.
fn token(field: &str, value: &str) -> Result<String, Status> {
    let value = secret(field, value.trim())?;
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(value);
    }
    Err(invalid(field, "has characters that no token has"))
}

fn secret(field: &str, value: &str) -> Result<String, Status> {
    if value.is_empty() {
        return Err(status::required(field));
    }
    if value.chars().count() > SECRET_CHARS_MAX {
        let message = format!("is longer than {SECRET_CHARS_MAX} characters");
        return Err(bootstrap::invalid_argument(field, "TOO_LONG", message));
    }
    if value.chars().any(char::is_control) {
        return Err(invalid(
            field,
            "has a control character, such as a line break",
        ));
    }
    Ok(value.to_owned())
}

fn host(field: &str, value: &str) -> Result<String, Status> {
    let host = secret(field, value.trim())?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:_".contains(&byte);
    if host.len() <= HOST_CHARS_MAX && host.bytes().all(fits) {
        return Ok(host);
    }
    Err(invalid(field, "is not a host's name or address"))
}

fn port(field: &str, value: u32) -> Result<u32, Status> {
    match value {
        0 => Ok(SMTP_PORT),
        1..=65_535 => Ok(value),
        65_536.. => Err(invalid(field, "is not a port: 1 to 65535, or 0 for 587")),
    }
}

/// Says what is wrong with a value, and never the value.
fn invalid(field: &str, message: &str) -> Status {
    bootstrap::invalid_argument(field, "CREDENTIALS_INVALID", message)
}
