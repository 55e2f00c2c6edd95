use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    catalogue,
    message::{self, Kind, Message},
    settings::{ConsumerState, PhoneSettings},
};
use crate::{
    channel::Bucket,
    graph::{Access, Call, Gate, GraphError, Journal, Record, id_from},
};

const WINDOW: Duration = Duration::from_hours(24);
const MEDIA_LIFE: Duration = Duration::from_hours(30 * 24);

/// A phone number, and all that happened to it.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(crate) id: String,
    pub(crate) settings: PhoneSettings,
    pub(crate) journal: Journal,
    pub(crate) gate: Gate,
    pub(crate) consumers: HashMap<String, ConsumerState>,
    /// When each person last wrote.
    pub(crate) wrote: HashMap<String, Duration>,
    /// Which records the webhooks have told of.
    pub(crate) told: usize,
    pairs: HashMap<String, Bucket>,
    /// Whom a template reached outside a window, and when first within 24 hours.
    outside: HashMap<String, Duration>,
    media: HashMap<String, Media>,
    sent_of: HashMap<String, u64>,
    subscribed: HashSet<String>,
}

#[derive(Debug)]
pub(crate) struct Media {
    mime_type: String,
    size: usize,
    at: Duration,
}

impl Phone {
    pub(crate) fn new(id: String, settings: PhoneSettings, now: Duration) -> Self {
        Self {
            id,
            journal: Journal::default(),
            gate: Gate::new(settings.rate, now),
            settings,
            consumers: HashMap::new(),
            wrote: HashMap::new(),
            told: 0,
            pairs: HashMap::new(),
            outside: HashMap::new(),
            media: HashMap::new(),
            sent_of: HashMap::new(),
            subscribed: HashSet::new(),
        }
    }

    pub(crate) fn configure(&mut self, settings: PhoneSettings, now: Duration) {
        self.gate.set(settings.rate, now);
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
        node == self.id
            || node == self.settings.waba_id
            || self.media.contains_key(node)
            || self
                .settings
                .templates
                .iter()
                .any(|template| template.id() == node)
    }

    pub(crate) fn has_media(&self, id: &str, now: Duration) -> bool {
        self.media
            .get(id)
            .is_some_and(|media| now.saturating_sub(media.at) < MEDIA_LIFE)
    }

    pub(crate) fn window_open(&self, user: &str, now: Duration) -> bool {
        self.wrote
            .get(user)
            .is_some_and(|at| now.saturating_sub(*at) < WINDOW)
    }

    pub(crate) fn perform(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        let (method, node) = (&call.request.method, call.request.node());
        let post = method == Method::POST;
        let is_phone = node == self.id;
        match (is_phone, call.request.edge()) {
            (true, "messages") if post => self.send(call, false),
            (true, "marketing_messages") if post => self.send(call, true),
            (true, "media") if post => self.upload(call),
            (true, "") if method == Method::GET => Ok(pick(call, self.info())),
            (false, "message_templates") if node == self.settings.waba_id => {
                catalogue::serve(&mut self.settings.templates, call)
            }
            (false, "subscribed_apps") if post => {
                self.subscribed.insert("app".to_owned());
                Ok(json!({ "success": true }))
            }
            (false, "") if self.media.contains_key(node) => self.one_media(call),
            (false, "") if method == Method::GET => Ok(self.waba_or_template(call)),
            _ => Err(GraphError::new(100).saying(format!(
                "(#100) Unsupported {method} request at {}",
                call.request.path.join("/")
            ))),
        }
    }

    fn waba_or_template(&self, call: Call<'_>) -> Value {
        let node = call.request.node();
        let mut templates = self.settings.templates.iter();
        if let Some(template) = templates.find(|template| template.id() == node) {
            return pick(call, catalogue::json(template));
        }
        let name = &self.settings.verified_name;
        pick(call, json!({ "id": node, "name": name }))
    }

    fn info(&self) -> Value {
        let tier = match self.settings.messaging_limit {
            None => "TIER_UNLIMITED".to_owned(),
            Some(limit) if limit >= 1_000 => format!("TIER_{}K", limit / 1_000),
            Some(limit) => format!("TIER_{limit}"),
        };
        let upgraded = self.settings.rate.per_second >= 1_000.0;
        json!({
            "id": self.id,
            "display_phone_number": self.settings.display_phone_number,
            "verified_name": self.settings.verified_name,
            "quality_rating": self.settings.quality_rating,
            "throughput": { "level": if upgraded { "HIGH" } else { "STANDARD" } },
            "messaging_limit_tier": tier,
            "whatsapp_business_manager_messaging_limit": tier,
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED",
        })
    }

    fn send(&mut self, call: Call<'_>, marketing_only: bool) -> Result<Value, GraphError> {
        if !self.gate.take(call.now) {
            return Err(GraphError::new(130_429)
                .details("Cloud API message throughput has been reached.")
                .regain(1));
        }
        let message = message::read(self, call)?;
        if marketing_only && message.category.as_deref() != Some("MARKETING") {
            return Err(GraphError::new(134_100).details("Only marketing templates are supported."));
        }
        let limit = self.settings.pair_rate;
        let pair = self.pairs.entry(message.wa_id.clone());
        let pair = pair.or_insert_with(|| Bucket::new(limit, call.now));
        if !pair.take(call.now) {
            return Err(GraphError::new(131_056)
                .details("Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time."));
        }
        let failure = self.failure(&message, call.now);
        if let (Some(code), true) = (failure, self.settings.refuse_at_once) {
            return Err(GraphError::new(code).details("The message cannot be delivered."));
        }
        Ok(self.accept(message, failure, call))
    }

    fn accept(&mut self, message: Message, failure: Option<u32>, call: Call<'_>) -> Value {
        let id = format!("wamid.{}", id_from(call.seed, "wamid", call.number));
        let held = self.holds(&message);
        let by_id = message.by_user_id;
        let contact = if by_id {
            json!({ "input": message.input, "user_id": message.wa_id })
        } else {
            json!({ "input": message.input, "wa_id": message.wa_id })
        };
        let mut sent = json!({ "id": id });
        if message.category.is_some() {
            let status = if held {
                "held_for_quality_assessment"
            } else {
                "accepted"
            };
            sent["message_status"] = json!(status);
        }
        self.journal.push(Record {
            id,
            to: message.wa_id,
            content: Arc::from(message.content),
            correlation: message.correlation,
            at: call.now,
            held,
            failure,
            category: message.category,
        });
        json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [sent] })
    }

    fn holds(&mut self, message: &Message) -> bool {
        let Kind::Template(key) = &message.kind else {
            return false;
        };
        let sent = self.sent_of.entry(key.clone()).or_default();
        *sent += 1;
        let mut templates = self.settings.templates.iter();
        let after = templates
            .find(|template| template.id() == *key)
            .and_then(|template| template.hold_after);
        after.is_some_and(|after| *sent > after)
    }

    /// Why an accepted message will not arrive.
    fn failure(&mut self, message: &Message, now: Duration) -> Option<u32> {
        let user = message.wa_id.as_str();
        let open = self.window_open(user, now);
        let marketing = message.category.as_deref() == Some("MARKETING");
        let state = self.consumers.get(user).copied().unwrap_or_default();
        let of_state = match state {
            ConsumerState::NotOnWhatsapp => Some(131_026),
            ConsumerState::StoppedMarketing if marketing => Some(131_050),
            ConsumerState::Capped if marketing && !open => Some(131_049),
            ConsumerState::InExperiment if marketing => Some(130_472),
            ConsumerState::Reachable
            | ConsumerState::StoppedMarketing
            | ConsumerState::Capped
            | ConsumerState::InExperiment => None,
        };
        if of_state.is_some() {
            return of_state;
        }
        let is_template = message.category.is_some();
        if !is_template && !open {
            return Some(131_047);
        }
        let to_us = !message.by_user_id && user.len() == 11 && user.starts_with('1');
        if marketing && to_us && self.settings.no_marketing_to_us {
            return Some(131_049);
        }
        if open {
            return None;
        }
        self.over_limit(user, now).then_some(131_048)
    }

    fn over_limit(&mut self, user: &str, now: Duration) -> bool {
        let Some(limit) = self.settings.messaging_limit else {
            return false;
        };
        self.outside
            .retain(|_, at| now.saturating_sub(*at) < WINDOW);
        if self.outside.contains_key(user) {
            return false;
        }
        if self.outside.len() as u64 >= limit {
            return true;
        }
        self.outside.insert(user.to_owned(), now);
        false
    }

    fn upload(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        let file = call.request.file.as_ref();
        let file = file.ok_or_else(|| GraphError::invalid("The parameter file is required."))?;
        let product = call.request.body.get("messaging_product");
        if product.and_then(Value::as_str) != Some("whatsapp") {
            return Err(GraphError::invalid(
                "The parameter messaging_product is required.",
            ));
        }
        let mib = match file.mime_type.as_str() {
            "image/jpeg" | "image/png" => 5,
            "video/mp4" | "video/3gpp" | "audio/aac" | "audio/mp4" | "audio/mpeg" | "audio/ogg" => {
                16
            }
            "application/pdf" | "text/plain" => 100,
            other => {
                return Err(GraphError::invalid("Param file must be a file with one of the following types: audio/aac, image/jpeg, image/png, application/pdf, video/mp4.")
                    .details(format!("Received file of type '{other}'.")));
            }
        };
        if file.size > mib * 1024 * 1024 {
            return Err(GraphError::new(131_053).details("File size too big."));
        }
        let id = format!("{}", 2_000_000_000_000_000 + call.number);
        let media = Media {
            mime_type: file.mime_type.clone(),
            size: file.size,
            at: call.now,
        };
        self.media.insert(id.clone(), media);
        Ok(json!({ "id": id }))
    }

    fn one_media(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        let id = call.request.node();
        if call.request.method == Method::DELETE {
            self.media.remove(id);
            return Ok(json!({ "success": true }));
        }
        let media = self
            .media
            .get(id)
            .ok_or_else(|| GraphError::new(100).sub(33))?;
        Ok(json!({
            "messaging_product": "whatsapp",
            "id": id,
            "mime_type": media.mime_type,
            "file_size": media.size,
            "url": format!("https://media.invalid/{id}"),
        }))
    }
}

/// The fields that `fields` names, and the id.
fn pick(call: Call<'_>, mut node: Value) -> Value {
    if let (Some(fields), Some(map)) = (call.request.query.get("fields"), node.as_object_mut()) {
        let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
        map.retain(|key, _| key == "id" || wanted.contains(&key.as_str()));
    }
    node
}
