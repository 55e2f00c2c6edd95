use std::{
    fs,
    io::{self, BufRead},
};

use anyhow::Context as _;
use proto::{
    common::v1::{Channel, MailSecurity},
    contacts::v1::{
        Credentials, LineCredentials, MailCredentials, MetaCredentials,
        credentials::Channel as Given,
    },
};

use crate::cli::{CredentialArgs, SecurityArg};

/// A channel's own credentials. What is missing, the service says.
pub(super) fn credentials(
    channel: Channel,
    arguments: CredentialArgs,
) -> anyhow::Result<Option<Credentials>> {
    // In the order in which they are read from standard input, where that has several.
    let given = match channel {
        Channel::Unspecified => return Ok(None),
        Channel::Line => Given::Line(LineCredentials {
            access_token: secret(&arguments.access_token)?,
            channel_secret: secret(&arguments.channel_secret)?,
        }),
        Channel::Messenger => Given::Messenger(meta(&arguments)?),
        Channel::Whatsapp => Given::Whatsapp(meta(&arguments)?),
        Channel::Email => Given::Email(MailCredentials {
            smtp_host: arguments.smtp_host,
            smtp_port: arguments.smtp_port,
            username: secret(&arguments.smtp_username)?,
            password: secret(&arguments.smtp_password)?,
            security: arguments
                .smtp_security
                .map_or(MailSecurity::Unspecified, MailSecurity::from)
                .into(),
            return_path: arguments.return_path,
        }),
    };
    Ok(Some(Credentials {
        channel: Some(given),
    }))
}

fn meta(arguments: &CredentialArgs) -> anyhow::Result<MetaCredentials> {
    Ok(MetaCredentials {
        access_token: secret(&arguments.access_token)?,
        app_secret: secret(&arguments.app_secret)?,
        verify_token: secret(&arguments.verify_token)?,
        business_account_id: arguments.business_account_id.clone(),
    })
}

impl From<SecurityArg> for MailSecurity {
    fn from(security: SecurityArg) -> Self {
        match security {
            SecurityArg::Tls => Self::Tls,
            SecurityArg::Starttls => Self::Starttls,
            SecurityArg::None => Self::None,
        }
    }
}

fn secret(argument: &str) -> anyhow::Result<String> {
    read(argument, &mut io::stdin().lock())
}

/// `@FILE`: what the file holds; `-`: a line of `input`; anything else is the secret itself. Without the
/// line's end, which editors and `echo` add.
fn read(argument: &str, input: &mut impl BufRead) -> anyhow::Result<String> {
    let text = match argument.strip_prefix('@') {
        Some(file) => {
            fs::read_to_string(file).with_context(|| format!("cannot read a secret from {file}"))?
        }
        None if argument == "-" => {
            let mut line = String::new();
            let read = input.read_line(&mut line);
            read.context("cannot read a secret from standard input")?;
            line
        }
        None => argument.to_owned(),
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::read;

    #[test]
    fn a_secret_is_given_in_a_file_on_standard_input_or_as_it_is() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"from a file\n").unwrap();
        let file = format!("@{}", file.path().display());
        let mut input = "first\r\nsecond\n".as_bytes();
        let mut read = |argument: &str| read(argument, &mut input).unwrap();
        assert_eq!(read(&file), "from a file");
        assert_eq!(
            (read("-"), read("-")),
            ("first".to_owned(), "second".to_owned())
        );
        assert_eq!(read("as it is"), "as it is");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read("@/no/such/file", &mut "".as_bytes()).unwrap_err();
        assert!(error.to_string().contains("/no/such/file"), "{error}");
    }
}
