use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    attachment, message,
    settings::{PageSettings, PersonState},
    utility,
};
use crate::graph::{Access, Call, Gate, GraphError, Journal, Record, id_from};

const ATTACHMENT_LIFE: Duration = Duration::from_hours(90 * 24);

/// A page, and all that happened to it.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) settings: PageSettings,
    pub(crate) journal: Journal,
    pub(crate) gate: Gate,
    pub(crate) media_gate: Gate,
    pub(crate) people: HashMap<String, PersonState>,
    /// When each person last wrote.
    pub(crate) wrote: HashMap<String, Duration>,
    /// Which records the webhooks have told of.
    pub(crate) told: usize,
    attachments: HashMap<String, Duration>,
    fields: BTreeSet<String>,
}

impl Page {
    pub(crate) fn new(id: String, settings: PageSettings, now: Duration) -> Self {
        Self {
            id,
            journal: Journal::default(),
            gate: Gate::new(settings.rate, now),
            media_gate: Gate::new(settings.media_rate, now),
            settings,
            people: HashMap::new(),
            wrote: HashMap::new(),
            told: 0,
            attachments: HashMap::new(),
            fields: BTreeSet::new(),
        }
    }

    pub(crate) fn configure(&mut self, settings: PageSettings, now: Duration) {
        self.gate.set(settings.rate, now);
        self.media_gate.set(settings.media_rate, now);
        self.settings = settings;
    }

    pub(crate) fn access(&self) -> Access<'_> {
        Access {
            token: &self.settings.access_token,
            app_secret: &self.settings.app_secret,
            require_proof: self.settings.require_proof,
        }
    }

    pub(crate) fn owns(&self, node: &str) -> bool {
        node == "me" || node == self.id
    }

    pub(crate) fn has_attachment(&self, id: &str, now: Duration) -> bool {
        self.attachments
            .get(id)
            .is_some_and(|at| now.saturating_sub(*at) < ATTACHMENT_LIFE)
    }

    /// How long ago somebody wrote, if ever.
    pub(crate) fn since_wrote(&self, psid: &str, now: Duration) -> Option<Duration> {
        if self.settings.everyone_in_window {
            return Some(Duration::ZERO);
        }
        self.wrote.get(psid).map(|at| now.saturating_sub(*at))
    }

    pub(crate) fn perform(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        let method = &call.request.method;
        match (method.as_str(), call.request.edge()) {
            ("POST", "messages") => self.send(call),
            ("POST", "message_attachments") => self.upload(call),
            (_, "message_templates") => utility::serve(self, call),
            ("POST", "subscribed_apps") => self.subscribe(call),
            ("GET", "subscribed_apps") => {
                let app = json!({ "id": self.settings.app_id.to_string(), "subscribed_fields": self.fields });
                Ok(json!({ "data": [app] }))
            }
            ("GET", "") => Ok(json!({ "id": self.id, "name": self.settings.name })),
            _ => Err(GraphError::new(100).saying(format!(
                "(#100) Unsupported {method} request at {}",
                call.request.path.join("/")
            ))),
        }
    }

    fn send(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        if !self.gate.take(call.now) {
            return Err(GraphError::new(80_006).regain(1));
        }
        let message = message::read(self, call)?;
        if message.heavy && !self.media_gate.take(call.now) {
            return Err(GraphError::new(613).sub(2_534_040).regain(1));
        }
        match self.people.get(&message.to).copied().unwrap_or_default() {
            PersonState::Reachable => {}
            PersonState::Nonexistent => {
                return Err(GraphError::new(100)
                    .sub(2_018_001)
                    .saying("(#100) No matching user found"));
            }
            PersonState::Unavailable => return Err(GraphError::new(551).sub(1_545_041)),
            PersonState::Blocked => return Err(GraphError::new(200).sub(1_545_041)),
        }
        message::check_window(self, &message, call.now)?;
        let id = format!("m_{}", id_from(call.seed, "mid", call.number));
        let mut answer = json!({ "recipient_id": message.to, "message_id": id });
        if message.reusable {
            let attachment = self.keep_attachment(call);
            answer["attachment_id"] = json!(attachment);
        }
        self.journal.push(Record {
            id,
            to: message.to,
            content: Arc::from(message.content),
            correlation: message.metadata,
            at: call.now,
            held: false,
            failure: None,
            category: Some(message.messaging_type),
        });
        Ok(answer)
    }

    fn upload(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        let message = call.request.body.get("message").unwrap_or(&Value::Null);
        attachment::check_upload(message)?;
        let id = self.keep_attachment(call);
        Ok(json!({ "attachment_id": id }))
    }

    fn keep_attachment(&mut self, call: Call<'_>) -> String {
        let id = format!("{}", 1_745_504_518_999_000 + call.number);
        self.attachments.insert(id.clone(), call.now);
        id
    }

    fn subscribe(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        let given = call.request.query.get("subscribed_fields").cloned();
        let given = given.or_else(|| {
            let field = call.request.body.get("subscribed_fields")?;
            Some(match field.as_array() {
                Some(list) => {
                    let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    names.join(",")
                }
                None => field.as_str()?.to_owned(),
            })
        });
        let given = given.filter(|given| !given.is_empty());
        let given = given
            .ok_or_else(|| GraphError::invalid("The parameter subscribed_fields is required."))?;
        self.fields = given
            .split(',')
            .map(|field| field.trim().to_owned())
            .collect();
        Ok(json!({ "success": true }))
    }

    pub(crate) fn is_get(call: Call<'_>) -> bool {
        call.request.method == Method::GET
    }
}
