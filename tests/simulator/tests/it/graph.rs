//! A phone number and a page, and a client that speaks to them.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulator::{
    Control, GraphFault, Options, PageSettings, PhoneSettings, Simulator, TemplateSettings,
};

use crate::app::{Answer, answer};

pub(crate) const PHONE: &str = "106540352242922";
pub(crate) const PAGE: &str = "1024512345678";
pub(crate) const SECRET: &str = "app-secret";
pub(crate) const PERSON: &str = "886912345678";
/// Of `PAGE_TOKEN` under `SECRET`, as other clients make it.
pub(crate) const PROOF: &str = "4a59b332efe897fe2ef17216309d4c6bb19d81bd7eaf8fd062effed966ae7aa5";

pub(crate) struct Meta {
    pub(crate) simulator: Simulator,
    pub(crate) control: Control,
    client: reqwest::Client,
}

impl Meta {
    pub(crate) async fn start() -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let control = simulator.control().unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let meta = Self {
            simulator,
            control,
            client: client.build().unwrap(),
        };
        meta.control.set_phone(PHONE, &phone()).await.unwrap();
        meta.control.set_page(PAGE, &page()).await.unwrap();
        meta
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}/v25.0/{path}", self.simulator.url());
        self.client.post(url).json(body)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("{}/v25.0/{path}", self.simulator.url()))
    }

    pub(crate) fn whatsapp(&self, body: &Value) -> RequestBuilder {
        self.post(&format!("{PHONE}/messages"), body)
            .bearer_auth("PHONE_TOKEN")
    }

    /// A template with these components, to one person.
    pub(crate) async fn template(&self, name: &str, components: impl Into<Value>) -> Answer {
        answer(self.whatsapp(&template_to(PERSON, name, components))).await
    }

    pub(crate) fn messenger(&self, body: &Value) -> RequestBuilder {
        self.post(&format!("{PAGE}/messages?access_token=PAGE_TOKEN"), body)
    }

    pub(crate) async fn fault(&self, fault: GraphFault) {
        self.control.set_graph_faults(1, vec![fault]).await.unwrap();
    }
}

pub(crate) fn phone() -> PhoneSettings {
    let mut rich = TemplateSettings::marketing("rich", "en_US", "Hi {{name}}, from {{shop}}");
    "NAMED".clone_into(&mut rich.parameter_format);
    rich.components
        .push(json!({ "type": "HEADER", "format": "IMAGE" }));
    rich.components.push(json!({ "type": "BUTTONS", "buttons": [
        { "type": "URL", "text": "See", "url": "https://shop.example/{{1}}" },
        { "type": "QUICK_REPLY", "text": "Stop" },
    ] }));
    let mut paused = TemplateSettings::marketing("paused", "en_US", "Hi");
    "PAUSED".clone_into(&mut paused.status);
    let mut paced = TemplateSettings::marketing("paced", "en_US", "Hi");
    paced.hold_after = Some(1);
    PhoneSettings {
        access_token: "PHONE_TOKEN".to_owned(),
        app_secret: SECRET.to_owned(),
        templates: vec![
            TemplateSettings::marketing("hello", "en_US", "Hi {{1}}"),
            rich,
            paused,
            paced,
        ],
        verify_token: "verify".to_owned(),
        ..PhoneSettings::default()
    }
}

pub(crate) fn page() -> PageSettings {
    let mut order = TemplateSettings::marketing("order", "en_US", "Order {{1}} is ready.");
    "UTILITY".clone_into(&mut order.category);
    PageSettings {
        access_token: "PAGE_TOKEN".to_owned(),
        app_secret: SECRET.to_owned(),
        templates: vec![order],
        everyone_in_window: true,
        verify_token: "verify".to_owned(),
        ..PageSettings::default()
    }
}

pub(crate) fn template_to(person: &str, name: &str, components: impl Into<Value>) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": format!("+{person}"),
        "type": "template",
        "biz_opaque_callback_data": "campaign-1/7",
        "template": { "name": name, "language": { "code": "en_US" }, "components": components.into() },
    })
}

pub(crate) fn hello() -> Value {
    json!([{ "type": "body", "parameters": [{ "type": "text", "text": "Mei" }] }])
}

pub(crate) fn update(message: impl Into<Value>) -> Value {
    json!({ "recipient": { "id": "1254" }, "messaging_type": "UPDATE", "message": message.into() })
}

pub(crate) fn code(answer: &Answer) -> (u64, Option<u64>) {
    let error = &answer.body["error"];
    assert!(error["fbtrace_id"].is_string(), "{answer:?}");
    (
        error["code"].as_u64().unwrap(),
        error["error_subcode"].as_u64(),
    )
}

pub(crate) type Heard = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A webhook that keeps each signature and body.
pub(crate) async fn listen() -> (String, Heard, tokio::task::JoinSet<()>) {
    let heard = Heard::default();
    let kept = Arc::clone(&heard);
    let hear = async move |headers: HeaderMap, body: Bytes| {
        let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
        kept.lock().unwrap().push((signature, body.to_vec()));
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let routes = Router::new().route("/hook", post(hear));
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (url, heard, server)
}

pub(crate) fn bodies(heard: &Heard) -> Vec<Value> {
    let heard = heard.lock().unwrap();
    heard
        .iter()
        .map(|(_, body)| serde_json::from_slice(body).unwrap())
        .collect()
}

/// Each is signed by the app's secret over the bytes that came.
pub(crate) fn all_signed(heard: &Heard) -> bool {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    heard.lock().unwrap().iter().all(|(signature, body)| {
        let tag = ring::hmac::sign(&key, body);
        let hex = tag
            .as_ref()
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        *signature == format!("sha256={hex}")
    })
}
