//! What a bounce or a complaint is to us: facts about a mail that was sent, and about an address.

use broadcast_domain::{Correlation, Unsubscribe, parse_mail_token, parse_unsubscribe_token};
use channels::email::{
    Bounce, BounceKind, MailReport, Suppression, SuppressionReason as Reason, Told, suppressions,
};
use events::{
    common::{Channel, ProgressKind},
    ingested::{AddressSuppressed, MessageProgressed, SuppressionReason},
    to_bytes, to_timestamp,
};
use serde::Serialize;
use uuid::Uuid;

use crate::journal::{Fact, Journal, Journalled};

/// Before the token in each mail's own link, of which a report brings the headers back.
const LINK: &[u8] = b"/u/";

/// Where a report came in.
#[derive(Debug)]
pub(crate) struct Intake<'a> {
    pub(crate) journal: &'a Journal,
    /// Of the tokens in return paths and links.
    pub(crate) secret: &'a [u8],
    pub(crate) team_id: Uuid,
    pub(crate) account_id: Uuid,
}

/// What was new in a report.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Taken {
    /// Whether it is about a mail of ours.
    is_correlated: bool,
    suppressions: usize,
}

impl Intake<'_> {
    /// Returns when all of it is durable. The same report once more changes nothing.
    pub(crate) async fn take(&self, raw: &[u8], report: &MailReport) -> anyhow::Result<Taken> {
        let token = report.correlation.as_deref();
        // Anybody can write a bounce: what we did not make names nobody.
        let correlation = token.and_then(|token| parse_mail_token(self.secret, token));
        let mut taken = Taken {
            is_correlated: correlation.is_some(),
            ..Taken::default()
        };
        if let (Some(correlation), Told::Bounces(bounces)) = (correlation, &report.told) {
            // A mail is for one person, so the first entry is about them.
            if let Some(bounce) = bounces.first() {
                self.progressed(correlation, bounce).await?;
            }
        }
        let about = About {
            correlation,
            contact_id: self.contact_of(raw),
            status: status(report),
        };
        for suppression in suppressions(report) {
            let is_new = self.suppressed(&about, &suppression).await?;
            taken.suppressions += usize::from(is_new);
        }
        Ok(taken)
    }

    async fn progressed(&self, correlation: Correlation, bounce: &Bounce) -> anyhow::Result<()> {
        let kind = match bounce.kind {
            BounceKind::Hard | BounceKind::Soft => ProgressKind::Failed,
            BounceKind::Delivered => ProgressKind::Delivered,
            // The server goes on trying: nothing has come of it yet.
            BounceKind::Delayed => return Ok(()),
        };
        let code = bounce.status.map_or_else(
            || bounce.code.map(|code| code.to_string()),
            |status| Some(status.to_string()),
        );
        let progressed = MessageProgressed {
            account_id: to_bytes(self.account_id),
            channel: Channel::Email.into(),
            correlation: correlation.to_string(),
            channel_message_key: Vec::new(),
            kind: kind.into(),
            code: code.unwrap_or_default(),
            occurred_at: Some(to_timestamp(self.journal.clock.now())),
            person_key: Vec::new(),
        };
        let name = format!(
            "mail/{}/{correlation}/{}",
            self.account_id,
            kind.as_str_name()
        );
        self.journal
            .take(self.fact("mail-progress", &name, progressed.into()))
            .await?;
        Ok(())
    }

    /// Whose link to unsubscribe is in the mail that a report brings back, if it is one of this account.
    fn contact_of(&self, raw: &[u8]) -> Option<Uuid> {
        let places = raw.windows(LINK.len()).enumerate();
        let links = places.filter(|(_, bytes)| *bytes == LINK);
        let tokens = links.filter_map(|(at, _)| {
            let token = raw.get(at + LINK.len()..)?;
            let end = token.iter().position(|byte| !is_of_a_token(*byte))?;
            std::str::from_utf8(token.get(..end)?).ok()
        });
        tokens
            .filter_map(|token| parse_unsubscribe_token(self.secret, token))
            .find(|Unsubscribe { account_id, .. }| *account_id == self.account_id)
            .map(|unsubscribe| unsubscribe.contact_id)
    }

    /// Whether it was new. Nobody is suppressed by a report that tells neither who nor which mail.
    async fn suppressed(&self, about: &About, suppression: &Suppression) -> anyhow::Result<bool> {
        let identity = match &suppression.recipient {
            Some(address) => {
                let lookup = self.journal.vault.lookup_key(self.team_id).await?;
                lookup.identity(self.account_id, address.as_str()).to_vec()
            }
            None => Vec::new(),
        };
        if identity.is_empty() && about.correlation.is_none() && about.contact_id.is_none() {
            return Ok(false);
        }
        let correlation = about.correlation.map(|it| it.to_string());
        let correlation = correlation.unwrap_or_default();
        let contact_id = about.contact_id.map(to_bytes).unwrap_or_default();
        let reason = match suppression.reason {
            Reason::HardBounce => SuppressionReason::HardBounce,
            Reason::Complaint => SuppressionReason::Complaint,
            Reason::OptOut => SuppressionReason::OptOut,
        };
        let name = [
            b"suppressed/".as_slice(),
            self.account_id.as_bytes(),
            correlation.as_bytes(),
            b"/",
            &identity,
            &contact_id,
            suppression.reason.name().as_bytes(),
            // Without a mail it may be another time: once a day is enough.
            &self.day_without(&correlation),
        ]
        .concat();
        let suppressed = AddressSuppressed {
            account_id: to_bytes(self.account_id),
            identity,
            correlation,
            reason: reason.into(),
            status: about.status.clone(),
            reported_at: Some(to_timestamp(self.journal.clock.now())),
            contact_id,
        };
        let fact = self.fact_named("suppression", &name, suppressed.into());
        Ok(self.journal.take(fact).await? == Journalled::New)
    }

    fn day_without(&self, correlation: &str) -> Vec<u8> {
        if correlation.is_empty() {
            let day = self.journal.clock.now().date_naive();
            return day.to_string().into_bytes();
        }
        Vec::new()
    }

    fn fact(&self, category: &'static str, name: &str, event: events::IngressLogEvent) -> Fact {
        self.fact_named(category, name.as_bytes(), event)
    }

    fn fact_named(
        &self,
        category: &'static str,
        name: &[u8],
        event: events::IngressLogEvent,
    ) -> Fact {
        Fact {
            category,
            stream_id: Uuid::new_v5(&self.team_id, name),
            team_id: self.team_id,
            event_id: Uuid::now_v7(),
            event,
        }
    }
}

/// Which mail a report is about, and whose.
#[derive(Debug)]
struct About {
    correlation: Option<Correlation>,
    contact_id: Option<Uuid>,
    status: String,
}

fn is_of_a_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// RFC 3463's code of the bounce that suppresses.
fn status(report: &MailReport) -> String {
    let Told::Bounces(bounces) = &report.told else {
        return String::new();
    };
    let hard = bounces
        .iter()
        .find(|bounce| bounce.kind == BounceKind::Hard);
    let status = hard.and_then(|bounce| bounce.status);
    status.map(|status| status.to_string()).unwrap_or_default()
}
