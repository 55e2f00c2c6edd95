use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::insight::{self, Asked};
use crate::{
    channel::{Acceptance, Channel, UserState},
    endpoint::Endpoint,
    refusal::Refusal,
    request::SendRequest,
    user_id::UserId,
};

/// A request that is well formed, whatever comes of it.
#[derive(Debug)]
pub(super) enum Call<'a> {
    Send(Send<'a>),
    Validate,
    Quota,
    QuotaConsumption,
    Profile(UserId),
    BotInfo,
    UnitsUsed,
    UnitStatistics(Asked),
}

#[derive(Debug)]
pub(super) struct Send<'a> {
    retry_key: Option<Uuid>,
    body_hash: u64,
    request: SendRequest<'a>,
}

impl<'a> Send<'a> {
    pub(super) fn new(retry_key: Option<Uuid>, body: &[u8], request: SendRequest<'a>) -> Self {
        Self {
            retry_key,
            body_hash: xxh3_64(body),
            request,
        }
    }
}

impl Call<'_> {
    /// What is noted even if the request then fails on our side.
    pub(super) fn begin(
        &self,
        channel: &mut Channel,
        endpoint: Endpoint,
        now: Duration,
    ) -> Result<(), Refusal> {
        match self {
            Self::Send(send) => channel.claim(endpoint, send.retry_key, send.body_hash, now),
            Self::Validate
            | Self::Quota
            | Self::QuotaConsumption
            | Self::Profile(_)
            | Self::BotInfo
            | Self::UnitsUsed
            | Self::UnitStatistics(_) => Ok(()),
        }
    }

    /// The body of the 200.
    pub(super) fn perform(
        &self,
        channel: &mut Channel,
        endpoint: Endpoint,
        request: u64,
        now: Duration,
    ) -> Result<Value, Refusal> {
        match self {
            Self::Send(send) => channel
                .accept(endpoint, request, send.retry_key, &send.request, now)
                .map(|acceptance| sent(endpoint, &acceptance)),
            Self::Validate => Ok(json!({})),
            Self::Quota => Ok(match channel.settings.quota {
                Some(value) => json!({ "type": "limited", "value": value }),
                None => json!({ "type": "none" }),
            }),
            Self::QuotaConsumption => Ok(json!({ "totalUsage": channel.used(now) })),
            Self::Profile(user) => profile(channel, *user),
            Self::BotInfo => Ok(bot_info(channel.bot)),
            Self::UnitsUsed => {
                let used = channel.units.used(channel.settings.units_used, now);
                Ok(json!({ "numOfCustomAggregationUnits": used }))
            }
            Self::UnitStatistics(asked) => Ok(insight::of_unit(channel, asked.unit())),
        }
    }
}

fn sent(endpoint: Endpoint, acceptance: &Acceptance) -> Value {
    if endpoint == Endpoint::Push {
        return json!({ "sentMessages": acceptance.sent_messages });
    }
    json!({})
}

fn profile(channel: &Channel, user: UserId) -> Result<Value, Refusal> {
    match channel.users.state(user) {
        UserState::Friend => Ok(json!({
            "userId": user,
            "displayName": display_name("Friend", user),
            "language": "en",
        })),
        UserState::Blocked | UserState::Nonexistent => Err(Refusal::not_found()),
    }
}

fn bot_info(bot: UserId) -> Value {
    json!({
        "userId": bot,
        "basicId": display_name("@", bot),
        "displayName": display_name("Account", bot),
        "chatMode": "bot",
        "markAsReadMode": "auto",
    })
}

fn display_name(kind: &str, user: UserId) -> String {
    let id = user.to_string();
    let separator = if kind.len() > 1 { " " } else { "" };
    format!("{kind}{separator}{}", id.get(1..7).unwrap_or_default())
}
