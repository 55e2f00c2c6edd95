use std::collections::HashMap;

use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use simulator::{ChannelSettings, Control, Fault, Options, Simulator, Totals, UserId, UserState};
use uuid::Uuid;

pub(crate) const CHANNEL: &str = "shop";
pub(crate) const TOKEN: &str = "token-of-the-shop";
pub(crate) const SECRET: &str = "8c570fa6dd201bb328f1c1eac23a96d8";

/// A simulator with one channel, and a client that speaks to it over a socket.
pub(crate) struct App {
    pub(crate) simulator: Simulator,
    pub(crate) control: Control,
    client: reqwest::Client,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(ChannelSettings::default()).await
    }

    pub(crate) async fn with(settings: ChannelSettings) -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let control = simulator.control().unwrap();
        let app = Self {
            simulator,
            control,
            client: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .unwrap(),
        };
        app.set(settings).await;
        app
    }

    pub(crate) async fn set(&self, settings: ChannelSettings) {
        let settings = ChannelSettings {
            access_token: TOKEN.to_owned(),
            channel_secret: SECRET.to_owned(),
            ..settings
        };
        self.control.set_channel(CHANNEL, &settings).await.unwrap();
    }

    pub(crate) async fn set_state(&self, user: UserId, state: UserState) {
        let states = HashMap::from([(user, state)]);
        self.control.set_users(CHANNEL, &states).await.unwrap();
    }

    pub(crate) async fn fault(&self, fault: Fault) {
        self.control.set_faults(1, vec![fault]).await.unwrap();
    }

    pub(crate) async fn totals(&self) -> Totals {
        self.control.totals(CHANNEL).await.unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.simulator.url());
        self.client.get(url).bearer_auth(TOKEN)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}{path}", self.simulator.url());
        self.client.post(url).bearer_auth(TOKEN).json(body)
    }

    pub(crate) fn multicast(&self, to: &[UserId]) -> RequestBuilder {
        let body = json!({ "to": to, "messages": [text("hello")] });
        self.post("/v2/bot/message/multicast", &body)
    }

    pub(crate) fn multicast_under(&self, key: Uuid, to: &[UserId]) -> RequestBuilder {
        self.multicast(to)
            .header("X-Line-Retry-Key", key.to_string())
    }

    pub(crate) fn push(&self, to: UserId) -> RequestBuilder {
        let body = json!({ "to": to, "messages": [text("hello"), text("again")] });
        self.post("/v2/bot/message/push", &body)
    }

    /// What a multicast of these messages to one friend is answered.
    pub(crate) async fn multicast_messages(&self, messages: Value) -> Answer {
        let body = json!({ "to": [user(1)], "messages": messages });
        answer(self.post("/v2/bot/message/multicast", &body)).await
    }
}

pub(crate) fn user(number: u64) -> UserId {
    UserId::nth(1, number)
}

pub(crate) fn users(count: u64) -> Vec<UserId> {
    (0..count).map(user).collect()
}

pub(crate) fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.json().await.unwrap(),
    }
}
