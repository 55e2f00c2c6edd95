//! The sample's contacts, imported into an account of each channel: what filters count is what plain
//! loops over the file count.

use chrono::{DateTime, TimeZone as _, Utc};
use futures_util::{TryStreamExt as _, stream};
use proto::{
    common::v1::Channel as ChannelKind,
    contacts::v1::{
        ConnectAccountRequest, Credentials, ImportContactsRequest, ImportFormat, ImportStart,
        LineCredentials, MailCredentials, MetaCredentials,
        accounts_service_client::AccountsServiceClient,
        contacts_service_client::ContactsServiceClient, credentials, import_contacts_request::Part,
        import_contacts_response::Report,
    },
    segmentation::v1::{
        CountContactsRequest, GetTotalsRequest, ListContactsRequest,
        segmentation_service_client::SegmentationServiceClient,
    },
};
use serde::Deserialize;
use uuid::Uuid;

use crate::installation::{Authorized, Installation};

const FILE: &str = include_str!("../../../../tests/data/contacts.csv");

#[derive(Debug, Deserialize)]
struct Row {
    channel: String,
    display_name: String,
    phone: String,
    email: String,
    member_no: String,
    tags: String,
    subscribed_at: DateTime<Utc>,
    last_interaction_at: DateTime<Utc>,
}

impl Row {
    fn has(&self, tag: &str) -> bool {
        self.tags.split('|').any(|has| has == tag)
    }
}

/// A filter's text, and the same as a plain condition.
type Case = (&'static str, fn(&Row) -> bool);

fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).unwrap()
}

const CASES: [Case; 14] = [
    ("tag:vip", |row| row.has("vip")),
    ("tag:repeat AND NOT tag:vip", |row| {
        row.has("repeat") && !row.has("vip")
    }),
    ("tag:vip OR tag:collector", |row| {
        row.has("vip") || row.has("collector")
    }),
    ("NOT (tag:vip OR tag:collector)", |row| {
        !row.has("vip") && !row.has("collector")
    }),
    ("last_interaction >= 1998-01-01", |row| {
        row.last_interaction_at >= day(1998, 1, 1)
    }),
    (
        "last_interaction >= 1997-06-01 AND last_interaction < 1997-07-01",
        |row| (day(1997, 6, 1)..day(1997, 7, 1)).contains(&row.last_interaction_at),
    ),
    ("subscribed_at < 1997-02-01", |row| {
        row.subscribed_at < day(1997, 2, 1)
    }),
    (
        "subscribed_at >= 1997-02-01 AND last_interaction < 1997-04-01 AND NOT tag:repeat",
        |row| {
            row.subscribed_at >= day(1997, 2, 1)
                && row.last_interaction_at < day(1997, 4, 1)
                && !row.has("repeat")
        },
    ),
    (
        "tag:cohort-1997-01 AND (tag:vip OR (tag:collector AND NOT last_interaction < 1998-01-01))",
        |row| {
            row.has("cohort-1997-01")
                && (row.has("vip")
                    || (row.has("collector") && row.last_interaction_at >= day(1998, 1, 1)))
        },
    ),
    (r#"name = "Customer 00111""#, |row| {
        row.display_name == "Customer 00111"
    }),
    (r#"name = "customer ００１*""#, |row| {
        row.display_name.starts_with("Customer 001")
    }),
    (r#"name : "0042""#, |row| row.display_name.contains("0042")),
    (r#"phone = "+886 988-346-004""#, |row| {
        row.phone == "+886988346004"
    }),
    (
        r#"email = "CUSTOMER00111@example.com" AND member = "00111""#,
        |row| row.email == "customer00111@example.com" && row.member_no == "00111",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_count_what_the_file_says() {
    let installation = Installation::start("http://127.0.0.1:9").await;
    let mut shop = Shop::of(&installation);
    let rows: Vec<Row> = csv::Reader::from_reader(FILE.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut accounts = Vec::new();
    for channel in ["line", "messenger", "whatsapp", "email"] {
        let account = shop.connect(channel).await;
        shop.import(&account).await;
        accounts.push((channel, account));
    }

    for (text, matches) in CASES {
        let everyone = rows.iter().filter(|row| matches(row)).count();
        assert_eq!(shop.count("", text).await, everyone, "{text}");
        assert_eq!(shop.list("", text).await, everyone, "{text}, listed");
        for (channel, account) in &accounts {
            let of_channel = rows.iter().filter(|row| row.channel == *channel);
            let expected = of_channel.filter(|row| matches(row)).count();
            assert_eq!(
                shop.count(account, text).await,
                expected,
                "{text} on {channel}"
            );
        }
    }
    for (kind, effective) in shop.effective().await {
        let rows = rows.iter().filter(|row| row.channel == name(kind));
        assert_eq!(effective, rows.count(), "{kind:?}");
    }
}

fn name(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Line => "line",
        ChannelKind::Messenger => "messenger",
        ChannelKind::Whatsapp => "whatsapp",
        ChannelKind::Email => "email",
        ChannelKind::Unspecified => "",
    }
}

pub(crate) struct Shop {
    accounts: AccountsServiceClient<Authorized>,
    contacts: ContactsServiceClient<Authorized>,
    segmentation: SegmentationServiceClient<Authorized>,
    /// Of the last command.
    token: String,
}

impl Shop {
    pub(crate) fn of(installation: &Installation) -> Self {
        let authorized =
            |service| Authorized::new(installation.channel(service), installation.auth());
        Self {
            accounts: AccountsServiceClient::new(authorized("contacts")),
            contacts: ContactsServiceClient::new(authorized("contacts")),
            segmentation: SegmentationServiceClient::new(authorized("segmentation")),
            token: String::new(),
        }
    }

    pub(crate) async fn connect(&mut self, channel: &str) -> String {
        let meta = MetaCredentials {
            access_token: "token".to_owned(),
            app_secret: "secret".to_owned(),
            verify_token: "verify".to_owned(),
            business_account_id: String::new(),
        };
        let (kind, id, credentials) = match channel {
            "line" => (
                ChannelKind::Line,
                "",
                credentials::Channel::Line(LineCredentials {
                    access_token: "token".to_owned(),
                    channel_secret: "secret".to_owned(),
                }),
            ),
            "messenger" => (
                ChannelKind::Messenger,
                "1234",
                credentials::Channel::Messenger(meta),
            ),
            "whatsapp" => (
                ChannelKind::Whatsapp,
                "5678",
                credentials::Channel::Whatsapp(meta),
            ),
            _ => (
                ChannelKind::Email,
                "shop@example.com",
                credentials::Channel::Email(MailCredentials {
                    smtp_host: "mail.example.com".to_owned(),
                    smtp_port: 587,
                    username: "shop".to_owned(),
                    password: "secret".to_owned(),
                    ..MailCredentials::default()
                }),
            ),
        };
        let request = ConnectAccountRequest {
            request_id: Uuid::new_v4().to_string(),
            channel: kind.into(),
            name: channel.to_owned(),
            channel_account_id: id.to_owned(),
            country: "TW".to_owned(),
            message_price: None,
            credentials: Some(Credentials {
                channel: Some(credentials),
            }),
        };
        let connected = self.accounts.connect_account(request).await.unwrap();
        connected.into_inner().account.unwrap().account_id
    }

    /// The whole file: rows of other channels are refused.
    pub(crate) async fn import(&mut self, account: &str) {
        let start = ImportStart {
            account_id: account.to_owned(),
            format: ImportFormat::Csv.into(),
            ..ImportStart::default()
        };
        let parts = [Part::Start(start), Part::Data(FILE.into())];
        let parts = parts.map(|part| ImportContactsRequest { part: Some(part) });
        let reports = self.contacts.import_contacts(stream::iter(parts)).await;
        let mut reports = reports.unwrap().into_inner();
        while let Some(response) = reports.try_next().await.unwrap() {
            if let Some(Report::Done(done)) = response.report {
                self.token = done.consistency_token;
            }
        }
    }

    pub(crate) async fn count(&mut self, account: &str, text: &str) -> usize {
        let request = CountContactsRequest {
            account_id: account.to_owned(),
            filter_text: text.to_owned(),
            consistency_token: self.token.clone(),
            ..CountContactsRequest::default()
        };
        let counted = self.segmentation.count_contacts(request).await.unwrap();
        usize::try_from(counted.into_inner().matching).unwrap()
    }

    /// Pages through all that match.
    async fn list(&mut self, account: &str, text: &str) -> usize {
        let mut request = ListContactsRequest {
            account_id: account.to_owned(),
            filter_text: text.to_owned(),
            page_size: 300,
            consistency_token: self.token.clone(),
            ..ListContactsRequest::default()
        };
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let page = self.segmentation.list_contacts(request.clone()).await;
            let page = page.unwrap().into_inner();
            for contact in page.contacts {
                assert!(seen.insert(contact.contact_id), "nobody is listed twice");
            }
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                assert_eq!(usize::try_from(page.total).unwrap(), seen.len());
                return seen.len();
            }
        }
    }

    async fn effective(&mut self) -> Vec<(ChannelKind, usize)> {
        let request = GetTotalsRequest {
            account_id: String::new(),
            consistency_token: self.token.clone(),
        };
        let totals = self.segmentation.get_totals(request).await.unwrap();
        let channels = totals.into_inner().channels.into_iter();
        channels
            .map(|of| {
                let effective = of.totals.unwrap().effective;
                let kind = ChannelKind::try_from(of.channel).unwrap();
                (kind, usize::try_from(effective).unwrap())
            })
            .collect()
    }
}
