use std::{collections::BTreeMap, time::Duration};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{page::Page, settings::PersonState};
use crate::{
    clock::millis,
    draw::draw,
    graph::{PostPlan, Posting, Record, posting},
};

/// What to post to a page's webhook.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and named in JSON"
)]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PagePlan {
    /// One echo for each message accepted since the last time, with its `metadata`.
    pub echoes: bool,
    /// Watermarks of those who got something since the last time.
    pub watermarks: bool,
    /// Of everything ever accepted, once more.
    pub from_the_start: bool,
    pub delivered_probability: f64,
    /// Of those delivered.
    pub read_probability: f64,
    /// Leaves the `mids` out of a delivery, as Meta sometimes does.
    pub without_mids: bool,
    /// What happens besides.
    pub events: Vec<PageEvent>,
    pub post: PostPlan,
}

/// People by their page-scoped id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PageEvent {
    /// Opens the window.
    Text {
        from: String,
        text: String,
        quick_reply: Option<String>,
    },
    /// Opens the window.
    Postback {
        from: String,
        title: String,
        payload: String,
    },
    /// From now on this person cannot be reached. Meta tells nobody, so nothing is posted.
    Block { from: String },
    /// An event of `messaging` as it is.
    Raw { event: Value },
}

impl Default for PagePlan {
    fn default() -> Self {
        Self {
            echoes: true,
            watermarks: true,
            from_the_start: false,
            delivered_probability: 1.0,
            read_probability: 0.5,
            without_mids: false,
            events: Vec::new(),
            post: PostPlan::default(),
        }
    }
}

impl Page {
    pub(crate) fn webhooks(&mut self, plan: &PagePlan, now: Duration) -> anyhow::Result<Posting> {
        let url = self.settings.webhook_url.clone();
        let url = url.context("the page has no webhook_url")?;
        let mut events: Vec<Value> = Vec::new();
        for (at, event) in plan.events.iter().enumerate() {
            events.extend(self.happens(event, at, now));
        }
        let from = if plan.from_the_start { 0 } else { self.told };
        self.told = self.journal.records.len();
        let fresh = self.journal.records.get(from..).unwrap_or_default();
        if plan.echoes {
            events.extend(fresh.iter().map(|record| self.echo(record)));
        }
        if plan.watermarks {
            events.extend(self.watermarks(fresh, plan, now));
        }
        let (id, time) = (self.id.clone(), millis(now));
        // One event in each entry; several entries in a body.
        let bundle = |events: &[Value]| {
            let entry = |event| json!({ "id": id, "time": time, "messaging": [event] });
            let entries: Vec<Value> = events.iter().map(entry).collect();
            json!({ "object": "page", "entry": entries })
        };
        Ok(posting(
            url,
            &self.settings.app_secret,
            &plan.post,
            events,
            bundle,
        ))
    }

    fn echo(&self, record: &Record) -> Value {
        let mut message = json!({
            "mid": record.id,
            "is_echo": true,
            "app_id": self.settings.app_id,
        });
        let content = record.json();
        if let Some(text) = content.get("text") {
            message["text"] = text.clone();
        }
        if let Some(attachment) = content.get("attachment") {
            message["attachments"] = json!([attachment]);
        }
        if let Some(metadata) = &record.correlation {
            message["metadata"] = json!(metadata);
        }
        json!({
            "sender": { "id": self.id },
            "recipient": { "id": record.to },
            "timestamp": millis(record.at),
            "message": message,
        })
    }

    /// One delivery and one read for each person, over all that the person got.
    fn watermarks(&self, fresh: &[Record], plan: &PagePlan, now: Duration) -> Vec<Value> {
        let mut people: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for record in fresh {
            people.entry(&record.to).or_default().push(record);
        }
        let happens = |what: &[u8], who: &str, probability: f64| {
            draw(plan.post.seed, &[what, who.as_bytes()]) < probability
        };
        let mut events = Vec::new();
        for (who, records) in people {
            if !happens(b"delivered", who, plan.delivered_probability) {
                continue;
            }
            let last = records
                .iter()
                .map(|record| millis(record.at))
                .max()
                .unwrap_or_default();
            let mids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
            // Delivered is before the watermark, read is before or at it.
            let mut delivery = json!({ "watermark": last + 1 });
            if !plan.without_mids {
                delivery["mids"] = json!(mids);
            }
            events.push(self.from(who, now, "delivery", &delivery));
            if happens(b"read", who, plan.read_probability) {
                events.push(self.from(who, now, "read", &json!({ "watermark": last })));
            }
        }
        events
    }

    fn from(&self, who: &str, now: Duration, what: &str, detail: &Value) -> Value {
        json!({
            "sender": { "id": who },
            "recipient": { "id": self.id },
            "timestamp": millis(now),
            what: detail,
        })
    }

    fn happens(&mut self, event: &PageEvent, at: usize, now: Duration) -> Option<Value> {
        let mid = format!("m_in{}-{at}", now.as_nanos());
        match event {
            PageEvent::Text {
                from,
                text,
                quick_reply,
            } => {
                self.wrote.insert(from.clone(), now);
                let mut message = json!({ "mid": mid, "text": text });
                if let Some(payload) = quick_reply {
                    message["quick_reply"] = json!({ "payload": payload });
                }
                Some(self.from(from, now, "message", &message))
            }
            PageEvent::Postback {
                from,
                title,
                payload,
            } => {
                self.wrote.insert(from.clone(), now);
                let postback = json!({ "mid": mid, "title": title, "payload": payload });
                Some(self.from(from, now, "postback", &postback))
            }
            PageEvent::Block { from } => {
                self.people.insert(from.clone(), PersonState::Unavailable);
                None
            }
            PageEvent::Raw { event } => Some(event.clone()),
        }
    }
}
