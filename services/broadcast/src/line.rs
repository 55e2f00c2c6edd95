use channels::{
    Verdict,
    line::{CallError, LineClient, Quota, Timeouts},
};
use events::contact::AccountCredentials;
use prost::Message as _;
use proto::broadcast::v1::Finding;
use secrecy::SecretString;
use tracing::warn;
use uuid::Uuid;
use vault::Vault;

/// What sealed credentials are bound to, as contacts seals them.
const CREDENTIALS: &str = "credentials";

/// Asks LINE about an account, without sending anything.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    base_url: String,
    vault: Vault,
}

/// What LINE said.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// `None`: LINE did not say.
    pub(crate) quota: Option<Quota>,
    pub(crate) findings: Vec<Finding>,
}

impl Line {
    pub(crate) fn new(base_url: String, vault: Vault) -> Self {
        Self { base_url, vault }
    }

    /// The account's quota, and whether LINE would take these messages.
    pub(crate) async fn ask(
        &self,
        team_id: Uuid,
        sealed_credentials: &[u8],
        messages_json: &str,
    ) -> anyhow::Result<Answers> {
        let opened = self
            .vault
            .open_for_team(team_id, CREDENTIALS, sealed_credentials)
            .await?;
        let token = AccountCredentials::decode(opened.as_slice())?.access_token;
        let client = LineClient::try_new(
            &self.base_url,
            &SecretString::from(token),
            Timeouts::default(),
        )?;
        let (quota, valid) = tokio::join!(client.quota(), client.validate_multicast(messages_json));
        let mut answers = Answers::default();
        match quota {
            Ok(quota) => answers.quota = Some(quota),
            Err(error) => answers.findings.push(finding(&error)),
        }
        if let Err(error) = valid {
            let found = finding(&error);
            if !answers
                .findings
                .iter()
                .any(|other| other.code == found.code)
            {
                answers.findings.push(found);
            }
        }
        Ok(answers)
    }
}

fn finding(error: &CallError) -> Finding {
    let (code, message) = match error {
        CallError::Refused(Verdict::ContentRefused { detail, .. }) => (
            "CONTENT_REFUSED",
            format!("LINE refuses the messages: {detail}"),
        ),
        CallError::Refused(Verdict::AccountRefused { detail, .. }) => (
            "CREDENTIALS_REFUSED",
            format!("LINE refuses the account's access token: {detail}; connect it anew"),
        ),
        CallError::Refused(_) | CallError::Unreachable(_) | CallError::Unreadable => {
            warn!(
                error = error as &dyn std::error::Error,
                "LINE does not answer a preview"
            );
            (
                "CHANNEL_UNREACHABLE",
                "LINE does not answer at the moment, so quota and content were not checked with it"
                    .to_owned(),
            )
        }
    };
    Finding {
        code: code.to_owned(),
        message,
    }
}
