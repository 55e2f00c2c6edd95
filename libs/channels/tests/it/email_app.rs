use std::time::{Duration, UNIX_EPOCH};

use channels::{
    Timeouts,
    email::{
        EmailClient, EmailSettings, MailContent, Person, PreparedMail, Security, Sender,
        Unsubscribe, compose,
    },
    meta::Outcome,
};
use simulator::{Control, MailFault, MailSettings, MailTotals, Options, Simulator};

const NAME: &str = "shop";
const PASSWORD: &str = "secret-of-the-shop";

/// A client, and a mail server for it to speak to.
pub(crate) struct Mail {
    pub(crate) email: EmailClient,
    pub(crate) control: Control,
    pub(crate) simulator: Simulator,
}

impl Mail {
    pub(crate) async fn start() -> Self {
        Self::with(MailSettings::default()).await
    }

    pub(crate) async fn with(settings: MailSettings) -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let control = simulator.control().unwrap();
        let settings = MailSettings {
            username: Some(NAME.to_owned()),
            password: PASSWORD.to_owned(),
            ..settings
        };
        control.set_mail(&settings).await.unwrap();
        let port = simulator.smtp_address.port();
        Self {
            email: EmailClient::try_new(settings_for(port)).unwrap(),
            control,
            simulator,
        }
    }

    pub(crate) async fn fault(&self, fault: MailFault) {
        self.control.set_mail_faults(1, vec![fault]).await.unwrap();
    }

    pub(crate) async fn totals(&self) -> MailTotals {
        self.control.mail_totals().await.unwrap()
    }

    pub(crate) async fn send(&self) -> Outcome {
        self.email.send(&mail("ann@example.org", "abc234")).await
    }
}

pub(crate) fn settings_for(port: u16) -> EmailSettings {
    EmailSettings {
        security: Security::None,
        username: NAME.to_owned(),
        password: PASSWORD.into(),
        timeouts: Timeouts {
            connect: Duration::from_secs(20),
            request: Duration::from_secs(20),
        },
        ..EmailSettings::try_new("127.0.0.1", port, "sender.example.com").unwrap()
    }
}

pub(crate) fn content() -> MailContent {
    MailContent {
        subject: "春の新作 and a subject that is longer than a line of a mail may be, so that it is folded".to_owned(),
        text: "Hello 世界\n.\n..two dots\nFrom here on".to_owned(),
        html: "<p>Hello 世界</p>\n<p>a = b</p>".to_owned(),
    }
}

pub(crate) fn mail(to: &str, correlation: &str) -> PreparedMail {
    let sender = Sender {
        from: "shop@mail.example.com".parse().unwrap(),
        from_name: Some("春天小店".to_owned()),
        reply_to: Some("help@example.com".parse().unwrap()),
        return_path: "bounces@mail.example.com".parse().unwrap(),
        feedback_id: Some("b7:shop:broadcast:fanfare".to_owned()),
    };
    let person = Person {
        address: to.parse().unwrap(),
        correlation: correlation.to_owned(),
        unsubscribe: Unsubscribe {
            url: format!("https://go.example.com/u/{correlation}"),
            mail_to: Some("unsubscribe@mail.example.com".parse().unwrap()),
        },
    };
    let date = UNIX_EPOCH + Duration::from_hours(500_000);
    compose(&content(), &sender, &person, date).unwrap()
}
