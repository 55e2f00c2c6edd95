//! Requests on accounts, of each channel.

use proto::{
    common::v1::Channel,
    contacts::v1::{
        Account, ConnectAccountRequest, Credentials, DisconnectAccountRequest,
        DisconnectAccountResponse, GetAccountRequest, LineCredentials, MailCredentials,
        MetaCredentials, ReconnectAccountRequest, ReconnectAccountResponse,
        RotateCredentialsRequest, RotateCredentialsResponse, credentials::Channel as Given,
    },
};
use tonic::Status;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::app::Team;

/// A new account of this channel, with credentials that it takes.
pub(crate) fn account_of(channel: Channel, channel_account_id: &str) -> ConnectAccountRequest {
    ConnectAccountRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: channel.into(),
        name: "Shop".to_owned(),
        channel_account_id: channel_account_id.to_owned(),
        country: "TW".to_owned(),
        message_price: None,
        credentials: Some(secrets(channel, "secret")),
    }
}

/// Credentials of this channel that have `secret` in each field that is one.
pub(crate) fn secrets(channel: Channel, secret: &str) -> Credentials {
    let meta = MetaCredentials {
        access_token: format!("{secret}-1"),
        app_secret: format!("{secret}-2"),
        verify_token: format!("{secret}-3"),
        business_account_id: String::new(),
    };
    let given = match channel {
        Channel::Line | Channel::Unspecified => Given::Line(LineCredentials {
            access_token: format!("{secret}-1"),
            channel_secret: format!("{secret}-2"),
        }),
        Channel::Messenger => Given::Messenger(meta),
        Channel::Whatsapp => Given::Whatsapp(meta),
        Channel::Email => Given::Email(MailCredentials {
            smtp_host: "smtp.example.com".to_owned(),
            smtp_port: 0,
            username: format!("{secret}-1"),
            password: format!("{secret}-2"),
            ..MailCredentials::default()
        }),
    };
    Credentials {
        channel: Some(given),
    }
}

pub(crate) fn channel_of(credentials: &Credentials) -> Channel {
    match credentials.channel {
        None => Channel::Unspecified,
        Some(Given::Line(_)) => Channel::Line,
        Some(Given::Messenger(_)) => Channel::Messenger,
        Some(Given::Whatsapp(_)) => Channel::Whatsapp,
        Some(Given::Email(_)) => Channel::Email,
    }
}

/// Credentials in which this one field is wrong.
pub(crate) fn incomplete_credentials() -> Vec<(Credentials, &'static str)> {
    let long = "a".repeat(1_001);
    let cases = [
        (line("", "b"), "line.access_token"),
        (line("a b", "b"), "line.access_token"),
        (line("a\nb", "b"), "line.access_token"),
        (line(&long, "b"), "line.access_token"),
        (line("a", " "), "line.channel_secret"),
        (
            Given::Messenger(meta("", "b", "c")),
            "messenger.access_token",
        ),
        (Given::Messenger(meta("a", "", "c")), "messenger.app_secret"),
        (
            Given::Messenger(meta("a", "b", "")),
            "messenger.verify_token",
        ),
        (Given::Whatsapp(meta("", "b", "c")), "whatsapp.access_token"),
        (Given::Whatsapp(meta("a", "", "c")), "whatsapp.app_secret"),
        (Given::Whatsapp(meta("a", "b", "")), "whatsapp.verify_token"),
        (mail("", 0, "u", "p"), "email.smtp_host"),
        (mail("smtp example", 0, "u", "p"), "email.smtp_host"),
        (mail("smtp.example", 65_536, "u", "p"), "email.smtp_port"),
        (mail("smtp.example", 25, "", "p"), "email.username"),
        (mail("smtp.example", 25, "u", ""), "email.password"),
        (bouncing("bounces"), "email.return_path"),
        (
            bouncing("nineteen-characters@shop.example"),
            "email.return_path",
        ),
    ];
    let of = |(given, field)| {
        let channel = Some(given);
        (Credentials { channel }, field)
    };
    cases.map(of).into()
}

fn line(access_token: &str, channel_secret: &str) -> Given {
    Given::Line(LineCredentials {
        access_token: access_token.to_owned(),
        channel_secret: channel_secret.to_owned(),
    })
}

fn meta(access_token: &str, app_secret: &str, verify_token: &str) -> MetaCredentials {
    MetaCredentials {
        access_token: access_token.to_owned(),
        app_secret: app_secret.to_owned(),
        verify_token: verify_token.to_owned(),
        business_account_id: String::new(),
    }
}

fn mail(smtp_host: &str, smtp_port: u32, username: &str, password: &str) -> Given {
    Given::Email(MailCredentials {
        smtp_host: smtp_host.to_owned(),
        smtp_port,
        username: username.to_owned(),
        password: password.to_owned(),
        ..MailCredentials::default()
    })
}

fn bouncing(return_path: &str) -> Given {
    Given::Email(MailCredentials {
        smtp_host: "smtp.example".to_owned(),
        username: "u".to_owned(),
        password: "p".to_owned(),
        return_path: return_path.to_owned(),
        ..MailCredentials::default()
    })
}

/// The one field that is said to be wrong.
pub(crate) fn violated(status: &Status) -> String {
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations.len(), 1);
    violations.into_iter().next().unwrap().field
}

impl Team {
    pub(crate) async fn account(&mut self, id: &str, token: &str) -> Result<Account, Status> {
        let request = GetAccountRequest {
            account_id: id.to_owned(),
            consistency_token: token.to_owned(),
        };
        let got = self.accounts.get_account(request).await?.into_inner();
        Ok(got.account.unwrap())
    }

    pub(crate) async fn rotate(
        &mut self,
        account_id: &str,
        credentials: Credentials,
    ) -> Result<RotateCredentialsResponse, Status> {
        let request = RotateCredentialsRequest {
            request_id: Uuid::new_v4().to_string(),
            account_id: account_id.to_owned(),
            credentials: Some(credentials),
        };
        Ok(self
            .accounts
            .rotate_credentials(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn disconnect(
        &mut self,
        account_id: &str,
    ) -> Result<DisconnectAccountResponse, Status> {
        let request = DisconnectAccountRequest {
            request_id: Uuid::new_v4().to_string(),
            account_id: account_id.to_owned(),
        };
        Ok(self
            .accounts
            .disconnect_account(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn reconnect(
        &mut self,
        account_id: &str,
        credentials: Credentials,
    ) -> Result<ReconnectAccountResponse, Status> {
        let request = ReconnectAccountRequest {
            request_id: Uuid::new_v4().to_string(),
            account_id: account_id.to_owned(),
            credentials: Some(credentials),
        };
        Ok(self.accounts.reconnect_account(request).await?.into_inner())
    }
}
