use std::sync::Arc;

use bootstrap::Clock;
use broadcast_domain::{Draft, POLICY_VERSION, PreviewInputs, SendingWindow};
use chrono::TimeDelta;
use event_bus::ConsistencyToken;
use events::segment::Filter;
use proto::broadcast::v1::{
    Exclusion, ExclusionReason, Finding, PreviewBroadcastResponse, QuotaState,
};
use ring::digest::{SHA256, digest};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;
use vault::Vault;

use crate::{
    LinksConfig,
    asking::{Answers, Asking, DailyPeople},
    audience::{Audiences, Tally, screen},
    content::{self, Rendered},
    queries::{count_people, find_account},
    sealing, status,
};

/// Findings that only warn; any other keeps a broadcast from being confirmed.
const WARNINGS: [&str; 5] = [
    "CHANNEL_UNREACHABLE",
    "TEMPLATE_NOT_CHECKED",
    "DAILY_LIMIT",
    "STATISTICS_USED_UP",
    "UNSUBSCRIBE_LINK_NOT_SHOWN",
];

/// Works out what a broadcast would be if it started now.
#[derive(Debug, Clone)]
pub(crate) struct Previews {
    pub(crate) pool: PgPool,
    pub(crate) audiences: Audiences,
    pub(crate) vault: Vault,
    pub(crate) asking: Asking,
    pub(crate) links: LinksConfig,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Previews {
    pub(crate) async fn preview(
        &self,
        team_id: Uuid,
        draft: &Draft,
        token: &ConsistencyToken,
    ) -> Result<PreviewBroadcastResponse, Status> {
        let rendered =
            content::of_draft(draft, &self.links).map_err(|error| bootstrap::internal(&error))?;
        let filter = sealing::open(&self.vault, team_id, draft.broadcast_id, &draft.audience)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let window = rendered.window(self.clock.now());
        let audience = self.audience(team_id, draft, window, &filter, token);
        let (tally, answers) = tokio::try_join!(audience, self.ask(team_id, draft, &rendered))?;
        let excluded = tally.excluded();
        let included = tally.included;
        let inputs = PreviewInputs {
            broadcast_id: draft.broadcast_id,
            account_id: draft.account_id,
            rendered_messages: vec![rendered.to_json()],
            audience: filter,
            included,
            excluded: excluded.clone(),
            included_digest: tally.digest(),
        };
        let mut findings = answers.findings;
        findings.extend(of_audience(
            included,
            answers
                .quota
                .and_then(|quota| quota.remaining.try_into().ok()),
        ));
        let today = self.today(answers.daily).await?;
        findings.extend(today.and_then(|today| of_today(included, today)));
        let left_out: u64 = excluded.iter().map(|(_, contacts)| contacts).sum();
        Ok(PreviewBroadcastResponse {
            matching: count(included + left_out),
            included: count(included),
            excluded: excluded.into_iter().map(exclusion).collect(),
            rendered_messages: rendered.each(),
            quota: answers.quota.or(today),
            findings,
            preview_hash: hash(&inputs),
            policy_version: POLICY_VERSION.to_owned(),
        })
    }

    async fn audience(
        &self,
        team_id: Uuid,
        draft: &Draft,
        window: SendingWindow,
        filter: &Filter,
        token: &ConsistencyToken,
    ) -> Result<Tally, Status> {
        let resolved = self
            .audiences
            .resolve(team_id, draft.account_id, filter, token);
        let mut pages = resolved.await?;
        let mut tally = Tally::new();
        while let Some(page) = pages.message().await? {
            tally.add(&screen(page, draft.channel, window));
        }
        Ok(tally)
    }

    /// How many people the business account may still reach today, as delivery counts them.
    async fn today(&self, daily: Option<DailyPeople>) -> Result<Option<QuotaState>, Status> {
        let Some(daily) = daily else {
            return Ok(None);
        };
        let since = self.clock.now() - TimeDelta::hours(24);
        let used = count_people(&self.pool, &daily.business_account_id, since).await;
        let used = used.map_err(|error| bootstrap::internal(&error))?;
        let limit = count(daily.limit);
        Ok(Some(QuotaState {
            limit,
            used,
            remaining: (limit - used).max(0),
        }))
    }

    async fn ask(
        &self,
        team_id: Uuid,
        draft: &Draft,
        rendered: &Rendered,
    ) -> Result<Answers, Status> {
        let account = find_account(&self.pool, team_id, draft.account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_account)?;
        if account.disconnected_at.is_some() {
            return Err(status::account_disconnected());
        }
        self.asking
            .ask(team_id, &account, rendered)
            .await
            .map_err(|error| bootstrap::internal(&*error))
    }
}

/// What about the audience keeps a broadcast from starting.
fn of_audience(included: u64, remaining: Option<u64>) -> Option<Finding> {
    if included == 0 {
        return Some(Finding {
            code: "NO_RECIPIENTS".to_owned(),
            message: "nobody would get it; see who is left out and why, or widen the filter"
                .to_owned(),
        });
    }
    let remaining = remaining.filter(|remaining| *remaining < included)?;
    Some(Finding {
        code: "QUOTA_EXCEEDED".to_owned(),
        message: format!(
            "{included} messages are needed and {remaining} are left of this month's quota; narrow \
             the filter, or buy more in LINE Official Account Manager"
        ),
    })
}

/// A limit of a day holds people up, and keeps nobody from getting it.
fn of_today(included: u64, today: QuotaState) -> Option<Finding> {
    let remaining = u64::try_from(today.remaining).unwrap_or_default();
    (included > remaining).then(|| Finding {
        code: "DAILY_LIMIT".to_owned(),
        message: format!(
            "WhatsApp lets this business reach {} people in 24 hours, of whom {remaining} are left; the others of \
             {included} get it as time passes",
            today.limit
        ),
    })
}

/// The findings that keep a broadcast from being confirmed, in one sentence; none: it may.
pub(crate) fn blocking(findings: &[Finding]) -> Option<String> {
    let messages: Vec<&str> = findings
        .iter()
        .filter(|finding| !WARNINGS.contains(&finding.code.as_str()))
        .map(|finding| finding.message.as_str())
        .collect();
    (!messages.is_empty()).then(|| messages.join("; "))
}

/// One digest a part, so that a confirmation that is refused can say what changed.
fn hash(inputs: &PreviewInputs) -> String {
    inputs
        .parts()
        .map(|bytes| {
            let digest = digest(&SHA256, &bytes);
            let (first, _) = digest
                .as_ref()
                .split_first_chunk()
                .unwrap_or((&[0; 16], &[]));
            format!("{:032x}", u128::from_be_bytes(*first))
        })
        .join("-")
}

/// What differs between the preview that was confirmed and the one of now. Nothing: it is no such hash.
pub(crate) fn changed(confirmed: &str, now: &str) -> Vec<&'static str> {
    let (confirmed, now): (Vec<_>, Vec<_>) =
        (confirmed.split('-').collect(), now.split('-').collect());
    let digits = |parts: &[&str]| parts.iter().map(|part| part.len()).collect::<Vec<_>>();
    if digits(&confirmed) != digits(&now) {
        return Vec::new();
    }
    PreviewInputs::PARTS
        .into_iter()
        .zip(confirmed.into_iter().zip(now))
        .filter(|(_, (confirmed, now))| confirmed != now)
        .map(|(part, _)| part)
        .collect()
}

fn exclusion((reason, contacts): (events::broadcasts::ExclusionReason, u64)) -> Exclusion {
    use events::broadcasts::ExclusionReason as Stored;
    let reason = match reason {
        Stored::Unspecified => ExclusionReason::Unspecified,
        Stored::Unsubscribed => ExclusionReason::Unsubscribed,
        Stored::Blocked => ExclusionReason::Blocked,
        Stored::InvalidAddress => ExclusionReason::InvalidAddress,
        Stored::DuplicateAddress => ExclusionReason::DuplicateAddress,
        Stored::OutsideWindow => ExclusionReason::OutsideWindow,
    };
    Exclusion {
        reason: reason.into(),
        contacts: count(contacts),
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
