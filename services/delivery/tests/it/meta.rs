//! A Page, or a phone number, to send for.

use std::collections::BTreeMap;

use broadcast_domain::{Chunk, ChunkCommand, Correlation, Progress, Recipients, Status, chunk_id};
use channels::{
    messenger::{Message, MessageContent, MessagingType, Prepared},
    whatsapp::{TemplateContent, TemplateMessage},
};
use events::{
    broadcasts::FailureClass,
    common::{Channel, ProgressKind},
};
use simulator::{
    GraphFault, GraphTotals, PageSettings, PhoneSettings, RateLimit, Received, TemplateSettings,
};
use uuid::Uuid;

use crate::app::{App, Frozenly, Sent};

pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc2);
pub(crate) const TOKEN: &str = "token-of-the-page";
const SECRET: &str = "secret";
const ID: &str = "101";

/// An account of Messenger's or WhatsApp's.
pub(crate) struct Meta {
    pub(crate) app: App,
    channel: Channel,
}

impl Meta {
    pub(crate) async fn messenger() -> Self {
        let meta = Self::start(Channel::Messenger).await;
        meta.set_page(PageSettings::default()).await;
        meta
    }

    pub(crate) async fn whatsapp() -> Self {
        let meta = Self::start(Channel::Whatsapp).await;
        meta.set_phone(PhoneSettings {
            rate: RateLimit::each_second(1_000.0),
            ..PhoneSettings::default()
        })
        .await;
        meta
    }

    async fn start(channel: Channel) -> Self {
        let app = App::start().await;
        app.connect(channel, ACCOUNT, ID, TOKEN).await;
        Self { app, channel }
    }

    pub(crate) async fn set_page(&self, settings: PageSettings) {
        let settings = PageSettings {
            access_token: TOKEN.to_owned(),
            app_secret: SECRET.to_owned(),
            require_proof: true,
            everyone_in_window: true,
            ..settings
        };
        self.app.control.set_page(ID, &settings).await.unwrap();
    }

    pub(crate) async fn set_phone(&self, settings: PhoneSettings) {
        let settings = PhoneSettings {
            access_token: TOKEN.to_owned(),
            app_secret: SECRET.to_owned(),
            require_proof: true,
            refuse_at_once: true,
            templates: vec![TemplateSettings::marketing("spring", "en", "New things")],
            ..settings
        };
        self.app.control.set_phone(ID, &settings).await.unwrap();
    }

    pub(crate) async fn fault(&self, faults: impl IntoIterator<Item = GraphFault>) {
        let faults = faults.into_iter().collect();
        self.app.control.set_graph_faults(1, faults).await.unwrap();
    }

    pub(crate) async fn broadcast(&self, chunks: impl IntoIterator<Item = u64>) -> Uuid {
        let content = match self.channel {
            Channel::Messenger => text(),
            Channel::Whatsapp => template("spring"),
            Channel::Unspecified | Channel::Line | Channel::Email => panic!("not Meta's"),
        };
        self.broadcast_of(content, chunks).await
    }

    pub(crate) async fn broadcast_of(
        &self,
        content: String,
        chunks: impl IntoIterator<Item = u64>,
    ) -> Uuid {
        self.app
            .freeze(Frozenly {
                account_id: ACCOUNT,
                chunks: chunks.into_iter().collect(),
                sent: Sent {
                    channel: self.channel,
                    content: Some(content),
                    address: if self.channel == Channel::Messenger {
                        psid
                    } else {
                        phone
                    },
                },
                ..Frozenly::default()
            })
            .await
    }

    pub(crate) async fn totals(&self) -> GraphTotals {
        let totals = if self.channel == Channel::Messenger {
            self.app.control.page_totals(ID).await
        } else {
            self.app.control.phone_totals(ID).await
        };
        totals.unwrap()
    }

    pub(crate) async fn received(&self) -> Vec<Received> {
        let received = if self.channel == Channel::Messenger {
            self.app.control.page_deliveries(ID).await
        } else {
            self.app.control.phone_deliveries(ID).await
        };
        received.unwrap()
    }

    /// Where everyone stands, by the log: everything that was told counts.
    pub(crate) async fn statuses(
        &self,
        broadcast_id: Uuid,
        chunks: &[u64],
    ) -> BTreeMap<(u32, u32), Option<Status>> {
        let mut statuses = BTreeMap::new();
        for (index, people) in (0..).zip(chunks) {
            let id = chunk_id(broadcast_id, index);
            let chunk = self.app.store.load::<Chunk>(id).await.unwrap().state;
            for place in 0..u32::try_from(*people).unwrap() {
                statuses.insert((index, place), chunk.status(place));
            }
        }
        statuses
    }

    /// Everything that the channel has got, told as its webhooks do.
    pub(crate) async fn tell(&self, kind: ProgressKind) {
        for received in self.received().await {
            let told = Correlation::parse(&received.correlation.unwrap()).unwrap();
            self.app
                .execute_chunk(told.chunk_id, progress(told, kind))
                .await;
        }
    }
}

pub(crate) fn progress(told: Correlation, kind: ProgressKind) -> ChunkCommand {
    let recipients: Recipients = std::iter::once(told.place..told.place + 1).collect();
    ChunkCommand::Progress(Progress {
        recipients,
        kind,
        failure_class: FailureClass::Unspecified,
        code: String::new(),
        occurred_at: chrono::DateTime::UNIX_EPOCH,
    })
}

pub(crate) fn psid(number: u64) -> String {
    (9_000_000_000 + number).to_string()
}

pub(crate) fn phone(number: u64) -> String {
    format!("+88691{number:07}")
}

pub(crate) fn text() -> String {
    stored(MessageContent::Text {
        text: "hello".to_owned(),
    })
}

pub(crate) fn stored(content: MessageContent) -> String {
    let message = Message {
        content,
        quick_replies: Vec::new(),
    };
    let prepared = Prepared::try_new(MessagingType::Update, None, &message);
    prepared.unwrap().to_json()
}

pub(crate) fn template(name: &str) -> String {
    let message = TemplateMessage {
        name: name.to_owned(),
        language: "en".to_owned(),
        ..TemplateMessage::default()
    };
    TemplateContent::try_new(&message).unwrap().to_json()
}
