use std::time::Duration;

use channels::{
    Verdict,
    line::{CallError, LineClient, Quota, Timeouts, UNITS_A_MONTH_MAX},
};
use proto::broadcast::v1::{Finding, QuotaState};
use secrecy::SecretString;
use tracing::warn;

use super::{Answers, Refused};

/// Somebody waits for a broadcast to be saved.
const WHILE_SAVING: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    request: Duration::from_secs(5),
};

/// The account's quota, and whether LINE would take these messages.
pub(super) async fn ask(
    base_url: &str,
    token: &SecretString,
    messages_json: &str,
) -> anyhow::Result<Answers> {
    let client = LineClient::try_new(base_url, token, Timeouts::default())?;
    let (quota, valid, units) = tokio::join!(
        client.quota(),
        client.validate_multicast(messages_json),
        client.units_used(),
    );
    let mut answers = Answers::default();
    match quota {
        Ok(quota) => answers.quota = state(quota),
        Err(error) => answers.found(finding(&error)),
    }
    if let Err(error) = valid {
        answers.found(finding(&error));
    }
    // A broadcast is worth more than what is told of it: nothing else is made of an answer that does not come.
    if let Ok(used) = units
        && used >= UNITS_A_MONTH_MAX
    {
        answers.found(super::finding(
            "STATISTICS_USED_UP",
            format!(
                "LINE tells the statistics of {UNITS_A_MONTH_MAX} broadcasts a month, and this account has had \
                 as many; of this one it will tell none"
            ),
        ));
    }
    Ok(answers)
}

/// Whether LINE would take these messages. `None`: it does not say.
pub(super) async fn refuses(
    base_url: &str,
    token: &SecretString,
    messages_json: &str,
) -> anyhow::Result<Option<Refused>> {
    let client = LineClient::try_new(base_url, token, WHILE_SAVING)?;
    Ok(match client.validate_multicast(messages_json).await {
        Err(CallError::Messages { property, detail }) => Some(Refused {
            field: property.filter(|property| property.starts_with("messages")),
            detail,
        }),
        // The preview says what else there is to say, and asks again.
        Ok(()) | Err(CallError::Refused(_) | CallError::Unreachable(_) | CallError::Unreadable) => {
            None
        }
    })
}

fn state(quota: Quota) -> Option<QuotaState> {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Some(QuotaState {
        limit: count(quota.limit?),
        used: count(quota.used),
        remaining: count(quota.remaining()?),
    })
}

fn finding(error: &CallError) -> Finding {
    match error {
        CallError::Messages { detail, .. }
        | CallError::Refused(Verdict::ContentRefused { detail, .. }) => super::finding(
            "CONTENT_REFUSED",
            format!("LINE refuses the messages: {detail}"),
        ),
        CallError::Refused(Verdict::AccountRefused { detail, .. }) => super::finding(
            "CREDENTIALS_REFUSED",
            format!("LINE refuses the account's access token: {detail}; connect it anew"),
        ),
        CallError::Refused(_) | CallError::Unreachable(_) | CallError::Unreadable => {
            warn!(
                error = error as &dyn std::error::Error,
                "LINE does not answer a preview"
            );
            super::finding(
                "CHANNEL_UNREACHABLE",
                "LINE does not answer at the moment, so quota and content were not checked with it",
            )
        }
    }
}
