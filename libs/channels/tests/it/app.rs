use std::{collections::HashMap, time::Duration};

use channels::{
    SendResult, Verdict,
    line::{LineClient, Message, MessageContent, Timeouts, messages_json, multicast_body},
};
use simulator::{ChannelSettings, Control, Fault, Options, Simulator, Totals, UserId, UserState};
use uuid::Uuid;

pub(crate) const CHANNEL: &str = "shop";
pub(crate) const TOKEN: &str = "token-of-the-shop";
pub(crate) const SECRET: &str = "secret-of-the-shop";

/// The client, and a LINE for it to speak to.
pub(crate) struct App {
    pub(crate) line: LineClient,
    pub(crate) control: Control,
    simulator: Simulator,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(ChannelSettings::default()).await
    }

    pub(crate) async fn with(settings: ChannelSettings) -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let control = simulator.control().unwrap();
        let settings = ChannelSettings {
            access_token: TOKEN.to_owned(),
            channel_secret: SECRET.to_owned(),
            ..settings
        };
        control.set_channel(CHANNEL, &settings).await.unwrap();
        Self {
            line: client(&simulator.url()),
            control,
            simulator,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.simulator.url()
    }

    pub(crate) async fn fault(&self, fault: Fault) {
        self.control.set_faults(1, vec![fault]).await.unwrap();
    }

    pub(crate) async fn nobody(&self, user: UserId) {
        let states = HashMap::from([(user, UserState::Nonexistent)]);
        self.control.set_users(CHANNEL, &states).await.unwrap();
    }

    pub(crate) async fn totals(&self) -> Totals {
        self.control.totals(CHANNEL).await.unwrap()
    }

    /// One attempt at the same batch of three people each time.
    pub(crate) async fn attempt(&self, key: Uuid) -> SendResult {
        self.send(key, 3).await
    }

    pub(crate) async fn send(&self, key: Uuid, people: u64) -> SendResult {
        let body = multicast_body(&user_ids(people), &hello(), Some("spring")).unwrap();
        self.line.multicast(key, body).await
    }

    /// The verdict on a send under a key of its own.
    pub(crate) async fn verdict(&self) -> Verdict {
        self.attempt(Uuid::new_v4()).await.verdict
    }
}

pub(crate) fn client(url: &str) -> LineClient {
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        request: Duration::from_millis(500),
    };
    LineClient::try_new(url, &TOKEN.into(), timeouts).unwrap()
}

pub(crate) fn user(number: u64) -> UserId {
    UserId::nth(1, number)
}

pub(crate) fn user_ids(count: u64) -> Vec<String> {
    (0..count).map(|number| user(number).to_string()).collect()
}

pub(crate) fn text(text: &str) -> Message {
    let text = text.to_owned();
    MessageContent::Text { text }.into()
}

pub(crate) fn hello() -> String {
    messages_json(&[text("hello")]).unwrap()
}
