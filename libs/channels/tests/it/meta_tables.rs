//! Each row of the README's tables about Messenger and WhatsApp, driven through the doubles.

use std::time::Duration;

use channels::{
    Timeouts,
    messenger::{self, Message, MessageContent, MessagingType, MessengerClient},
    meta::{Graph, Outcome},
    whatsapp::{self, PhoneNumber, WhatsAppClient},
};
use simulator::{
    Control, GraphFault, GraphFaultKind, Injected, Options, PageSettings, PhoneSettings, Simulator,
};

use crate::readme::{rows, words};

const PAGE: &str = "104";
const PHONE: &str = "106";
const SECRET: &str = "app-secret";

struct Meta {
    page: MessengerClient,
    number: WhatsAppClient,
    control: Control,
    _simulator: Simulator,
}

impl Meta {
    async fn start() -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let control = simulator.control().unwrap();
        let page = PageSettings {
            access_token: "PAGE_TOKEN".to_owned(),
            app_secret: SECRET.to_owned(),
            require_proof: true,
            everyone_in_window: true,
            ..PageSettings::default()
        };
        control.set_page(PAGE, &page).await.unwrap();
        let phone = PhoneSettings {
            access_token: "PHONE_TOKEN".to_owned(),
            ..PhoneSettings::default()
        };
        control.set_phone(PHONE, &phone).await.unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_secs(20),
            request: Duration::from_secs(20),
        };
        let graph = Graph::try_new(&simulator.url(), "v25.0", timeouts).unwrap();
        let secret = SECRET.into();
        Self {
            page: MessengerClient::try_new(&graph, PAGE, &"PAGE_TOKEN".into(), Some(&secret))
                .unwrap(),
            number: WhatsAppClient::try_new(&graph, PHONE, &"PHONE_TOKEN".into(), None).unwrap(),
            control,
            _simulator: simulator,
        }
    }

    async fn inject(&self, code: u32, subcode: Option<u32>) {
        let injected = Injected {
            code,
            subcode,
            ..Injected::default()
        };
        let fault = GraphFault::new(GraphFaultKind::Refuse(injected));
        self.control.set_graph_faults(1, vec![fault]).await.unwrap();
    }

    async fn messenger(&self) -> Outcome {
        let person = messenger::Recipient::Psid("7".to_owned());
        let text = "hello".to_owned();
        let message = Message {
            content: MessageContent::Text { text },
            quick_replies: Vec::new(),
        };
        let kind = MessagingType::Update;
        let body = messenger::send_body(&person, kind, None, &message, "b1:7").unwrap();
        self.page.send(kind, body).await.outcome
    }

    async fn whatsapp(&self) -> Outcome {
        let number = PhoneNumber::parse("+886912345678", None).unwrap();
        let person = whatsapp::Recipient::Phone(number);
        let body = whatsapp::text_body(&person, "hello", "b1:7").unwrap();
        self.number.send(body).await.outcome
    }
}

/// Codes and subcodes that a label stands for. Where any code will do, an odd one is taken.
fn injected(label: &str) -> Vec<(u32, Option<u32>)> {
    let (codes, subcode) = label.split_once('/').unwrap_or((label, ""));
    let subcode = (!subcode.is_empty()).then(|| subcode.parse().unwrap());
    match codes.split_once('-') {
        Some((first, last)) => [first, last]
            .map(|it| (it.parse().unwrap(), subcode))
            .into(),
        None if codes == "*" => vec![(10, subcode)],
        None => vec![(codes.parse().unwrap(), subcode)],
    }
}

/// As the README writes it: the name, and the outcome.
fn told(outcome: &Outcome) -> (Option<&'static str>, String) {
    match outcome {
        Outcome::Refused(refusal) => (Some(refusal.name), refusal.action.to_string()),
        Outcome::Accepted(_) | Outcome::Ambiguous { .. } | Outcome::Unsent { .. } => {
            (None, outcome.class().to_owned())
        }
    }
}

#[tokio::test]
async fn each_code_of_messenger_is_what_the_readme_says() {
    let meta = Meta::start().await;
    let rows = rows("## Messenger: each documented code", 5);
    assert!(rows.len() >= 20, "{}", rows.len());
    for row in rows {
        for (code, subcode) in words(row[0]).into_iter().flat_map(injected) {
            meta.inject(code, subcode).await;
            let outcome = meta.messenger().await;
            let (name, outcome) = told(&outcome);
            assert_eq!(outcome, row[3].trim_matches('`'), "{}", row[0]);
            assert!(
                name.is_none_or(|it| it == row[2].trim_matches('`')),
                "{}",
                row[0]
            );
        }
    }
    let totals = meta.control.page_totals(PAGE).await.unwrap();
    assert_eq!(totals.accepted, 0, "what was refused was not sent");
}

#[tokio::test]
async fn each_code_of_whatsapp_is_what_the_readme_says() {
    let meta = Meta::start().await;
    let rows = rows("## WhatsApp: each documented code", 5);
    assert!(rows.len() >= 30, "{}", rows.len());
    for row in rows {
        for (code, subcode) in words(row[0]).into_iter().flat_map(injected) {
            meta.inject(code, subcode).await;
            let outcome = meta.whatsapp().await;
            let (name, outcome) = told(&outcome);
            assert_eq!(outcome, row[3].trim_matches('`'), "{}", row[0]);
            assert!(
                name.is_none_or(|it| it == row[2].trim_matches('`')),
                "{}",
                row[0]
            );
        }
    }
    let totals = meta.control.phone_totals(PHONE).await.unwrap();
    assert_eq!(totals.accepted, 0, "what was refused was not sent");
}
