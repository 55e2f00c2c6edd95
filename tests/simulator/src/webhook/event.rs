use std::time::Duration;

use serde_json::{Value, json};

use super::{plan::EventPlan, ulid::ulid};
use crate::{
    channel::{Channel, UserState},
    clock::millis,
    user_id::UserId,
};

/// An event that can be posted more than once under one id.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    json: Value,
}

impl Event {
    pub(super) fn new(plan: &EventPlan, now: Duration) -> Self {
        let id = ulid(now, rand::random());
        let mut json = detail(plan);
        json["mode"] = json!("active");
        json["timestamp"] = json!(millis(now));
        json["source"] = source(user(plan));
        json["webhookEventId"] = json!(id);
        Self { id, json }
    }

    pub(super) fn json(&self, redelivery: bool) -> Value {
        let mut json = self.json.clone();
        json["deliveryContext"] = json!({ "isRedelivery": redelivery });
        json
    }
}

/// What the event means for later sends.
pub(super) fn take_effect(plan: &EventPlan, channel: &mut Channel) {
    match plan {
        EventPlan::Follow {
            user: Some(user), ..
        } => channel.users.set(*user, UserState::Friend),
        EventPlan::Unfollow { user: Some(user) } => channel.users.set(*user, UserState::Blocked),
        EventPlan::Follow { user: None, .. }
        | EventPlan::Unfollow { user: None }
        | EventPlan::Message { .. }
        | EventPlan::Postback { .. } => {}
    }
}

fn detail(plan: &EventPlan) -> Value {
    let reply_token = format!("{:032x}", rand::random::<u128>());
    match plan {
        EventPlan::Follow { is_unblocked, .. } => json!({
            "type": "follow",
            "replyToken": reply_token,
            "follow": { "isUnblocked": is_unblocked },
        }),
        EventPlan::Unfollow { .. } => json!({ "type": "unfollow" }),
        EventPlan::Message { text, .. } => json!({
            "type": "message",
            "replyToken": reply_token,
            "message": {
                "id": (rand::random::<u64>() >> 6).to_string(),
                "type": "text",
                "quoteToken": reply_token,
                "text": text,
            },
        }),
        EventPlan::Postback { data, .. } => json!({
            "type": "postback",
            "replyToken": reply_token,
            "postback": { "data": data },
        }),
    }
}

fn user(plan: &EventPlan) -> Option<UserId> {
    match plan {
        EventPlan::Follow { user, .. }
        | EventPlan::Unfollow { user }
        | EventPlan::Message { user, .. }
        | EventPlan::Postback { user, .. } => *user,
    }
}

fn source(user: Option<UserId>) -> Value {
    match user {
        Some(user) => json!({ "type": "user", "userId": user }),
        None => json!({ "type": "user" }),
    }
}
