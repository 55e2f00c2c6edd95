use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::phone::Phone;
use crate::{
    draw::draw,
    graph::{GraphError, PostPlan, Posting, Record, posting},
};

/// What to post to a phone number's webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhonePlan {
    /// `sent`, `delivered`, `read` and `failed` of what was accepted since the last time.
    pub statuses: bool,
    /// Of everything ever accepted, once more.
    pub from_the_start: bool,
    pub delivered_probability: f64,
    /// Of those delivered.
    pub read_probability: f64,
    /// Of those read: that `delivered` never comes.
    pub only_read_probability: f64,
    pub held: Held,
    /// What happens besides.
    pub events: Vec<PhoneEvent>,
    pub post: PostPlan,
}

/// What becomes of the messages that pacing holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Nothing yet.
    #[default]
    Keep,
    Release,
    /// `failed` with 132015.
    Drop,
}

/// People by their number as digits alone, or by business-scoped user id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PhoneEvent {
    /// Opens the window.
    Text { from: String, body: String },
    /// A template's quick reply; opens the window.
    Button {
        from: String,
        text: String,
        payload: String,
        /// The `wamid` it answers.
        context: Option<String>,
    },
    /// Stops marketing, or takes it up again; takes effect.
    Preference { from: String, stop: bool },
    /// Any other change, as it is.
    Change { field: String, value: Value },
}

impl Default for PhonePlan {
    fn default() -> Self {
        Self {
            statuses: true,
            from_the_start: false,
            delivered_probability: 1.0,
            read_probability: 0.5,
            only_read_probability: 0.0,
            held: Held::Keep,
            events: Vec::new(),
            post: PostPlan::default(),
        }
    }
}

impl Phone {
    pub(crate) fn webhooks(&mut self, plan: &PhonePlan, now: Duration) -> anyhow::Result<Posting> {
        let url = self.settings.webhook_url.clone();
        let url = url.context("the phone has no webhook_url")?;
        let mut changes: Vec<Value> = Vec::new();
        for (at, event) in plan.events.iter().enumerate() {
            changes.push(self.change(event, at, now));
        }
        if plan.statuses {
            changes.extend(self.statuses(plan, now));
        }
        let waba = self.settings.waba_id.clone();
        let bundle = |changes: &[Value]| {
            let entry = json!({ "id": waba, "changes": changes });
            json!({ "object": "whatsapp_business_account", "entry": [entry] })
        };
        let secret = &self.settings.app_secret;
        Ok(posting(url, secret, &plan.post, changes, bundle))
    }

    fn statuses(&mut self, plan: &PhonePlan, now: Duration) -> Vec<Value> {
        let from = if plan.from_the_start { 0 } else { self.told };
        self.told = self.journal.records.len();
        let mut changes = Vec::new();
        let held = plan.held;
        for (at, record) in self.journal.records.iter_mut().enumerate() {
            let due = at >= from || (record.held && held != Held::Keep);
            if !due || (record.held && held == Held::Keep) {
                continue;
            }
            if record.held {
                record.held = false;
                record.failure = (held == Held::Drop).then_some(132_015).or(record.failure);
            }
            for status in life(plan, record) {
                changes.push(told(record, status, now));
            }
        }
        changes
            .into_iter()
            .map(|status| self.messages(json!({ "statuses": [status] })))
            .collect()
    }

    fn messages(&self, mut value: Value) -> Value {
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = json!({
            "display_phone_number": self.settings.display_phone_number,
            "phone_number_id": self.id,
        });
        json!({ "field": "messages", "value": value })
    }

    fn change(&mut self, event: &PhoneEvent, at: usize, now: Duration) -> Value {
        let timestamp = now.as_secs().to_string();
        let id = format!("wamid.in{}-{at}", now.as_nanos());
        match event {
            PhoneEvent::Text { from, body } => {
                self.wrote.insert(from.clone(), now);
                let mut message = json!({ "id": id, "timestamp": timestamp, "type": "text" });
                message["text"] = json!({ "body": body });
                self.inbound(from, message)
            }
            PhoneEvent::Button {
                from,
                text,
                payload,
                context,
            } => {
                self.wrote.insert(from.clone(), now);
                let mut message = json!({ "id": id, "timestamp": timestamp, "type": "button" });
                message["button"] = json!({ "payload": payload, "text": text });
                if let Some(context) = context {
                    let from = &self.settings.display_phone_number;
                    message["context"] = json!({ "from": from, "id": context });
                }
                self.inbound(from, message)
            }
            PhoneEvent::Preference { from, stop } => {
                let state = if *stop {
                    super::ConsumerState::StoppedMarketing
                } else {
                    super::ConsumerState::Reachable
                };
                self.consumers.insert(from.clone(), state);
                let preference = json!({
                    "wa_id": from,
                    "detail": "User requested a change of marketing messages",
                    "category": "marketing_messages",
                    "value": if *stop { "stop" } else { "resume" },
                    "timestamp": now.as_secs(),
                });
                let mut change = self.messages(json!({
                    "contacts": [contact(from)],
                    "user_preferences": [preference],
                }));
                change["field"] = json!("user_preferences");
                change
            }
            PhoneEvent::Change { field, value } => json!({ "field": field, "value": value }),
        }
    }

    fn inbound(&self, from: &str, mut message: Value) -> Value {
        let contact = contact(from);
        let key = if is_user_id(from) {
            "from_user_id"
        } else {
            "from"
        };
        message[key] = json!(from);
        self.messages(json!({ "contacts": [contact], "messages": [message] }))
    }
}

fn contact(from: &str) -> Value {
    let key = if is_user_id(from) { "user_id" } else { "wa_id" };
    let mut contact = json!({ "profile": { "name": format!("Person {from}") } });
    contact[key] = json!(from);
    contact
}

fn is_user_id(from: &str) -> bool {
    from.contains('.')
}

/// The statuses that a message goes through, drawn by the seed and its id.
fn life(plan: &PhonePlan, record: &Record) -> Vec<&'static str> {
    if record.failure.is_some() {
        return vec!["failed"];
    }
    let happens = |what: &[u8], probability: f64| {
        draw(plan.post.seed, &[what, record.id.as_bytes()]) < probability
    };
    let mut life = vec!["sent"];
    if happens(b"delivered", plan.delivered_probability) {
        let read = happens(b"read", plan.read_probability);
        if !(read && happens(b"only", plan.only_read_probability)) {
            life.push("delivered");
        }
        if read {
            life.push("read");
        }
    }
    life
}

fn told(record: &Record, status: &str, now: Duration) -> Value {
    let mut told = json!({
        "id": record.id,
        "status": status,
        "timestamp": now.as_secs().to_string(),
    });
    let key = if is_user_id(&record.to) {
        "recipient_user_id"
    } else {
        "recipient_id"
    };
    told[key] = json!(record.to);
    if let Some(correlation) = &record.correlation {
        told["biz_opaque_callback_data"] = json!(correlation);
    }
    if let (Some(code), "failed") = (record.failure, status) {
        told["errors"] = json!([GraphError::new(code).in_status()]);
    } else if status != "read" {
        let category = record
            .category
            .as_deref()
            .unwrap_or("service")
            .to_ascii_lowercase();
        told["pricing"] = json!({
            "billable": true,
            "pricing_model": "PMP",
            "type": "regular",
            "category": category,
        });
    }
    told
}
