//! The same shop by e-mail: some mailboxes are none, some people leave, some call it spam.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use proto::{
    broadcast::v1::{Message, message::Content},
    common::v1::{Channel, Mail, MailSecurity},
    contacts::v1::{Credentials, MailCredentials, credentials},
};
use simulator::{Control, MailSettings, MailboxState};

use super::walk::Shop;

const USERNAME: &str = "demo";
const PASSWORD: &str = "demo-mail-password";
const FROM: &str = "news@shop.example";
const RETURN_PATH: &str = "bounces@shop.example";
/// Of the people, one in so many has no mailbox any more: the server finds out later, and sends the mail back.
const BOUNCES_ONE_IN: usize = 50;
/// One in so many has a mailbox that the server knows to be none.
const UNKNOWN_ONE_IN: usize = 70;
const COMPLAINS_ONE_IN: usize = 110;
/// Of those who got a mail, one in so many presses "unsubscribe" in the mail program.
const LEAVES_ONE_IN: u64 = 25;
/// One in so many follows the link.
const OPENS_ONE_IN: u64 = 4;
/// What a browser says of itself.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
/// What RFC 8058 has mail programs post.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// What came back of a broadcast's mails.
#[derive(Debug, Clone, Copy)]
pub(super) struct CameBack {
    pub(super) left: usize,
    pub(super) reports: usize,
}

/// Sets the mail server up. Reports go to the ingress, if its address for them is given.
pub(super) async fn open_server(
    control: &Control,
    token: &str,
    report_url: Option<String>,
) -> anyhow::Result<()> {
    let settings = MailSettings {
        username: Some(USERNAME.to_owned()),
        password: PASSWORD.to_owned(),
        report_url,
        report_token: token.to_owned(),
        ..MailSettings::default()
    };
    control.set_mail(&settings).await
}

/// What becomes of mail for some.
pub(super) async fn set_mailboxes(control: &Control, addresses: &[String]) -> anyhow::Result<()> {
    let state = |place: usize| {
        let one_in = |many: usize| place % many == many - 1;
        if one_in(BOUNCES_ONE_IN) {
            Some(MailboxState::BouncesHard)
        } else if one_in(UNKNOWN_ONE_IN) {
            Some(MailboxState::NoSuchUser)
        } else if one_in(COMPLAINS_ONE_IN) {
            Some(MailboxState::Complains)
        } else {
            None
        }
    };
    let states: HashMap<String, MailboxState> = addresses
        .iter()
        .enumerate()
        .filter_map(|(place, address)| Some((address.clone(), state(place)?)))
        .collect();
    control.set_mailboxes(&states).await
}

pub(super) fn shop(smtp: std::net::SocketAddr) -> Shop {
    let credentials = MailCredentials {
        smtp_host: smtp.ip().to_string(),
        smtp_port: smtp.port().into(),
        username: USERNAME.to_owned(),
        password: PASSWORD.to_owned(),
        security: MailSecurity::None.into(),
        return_path: RETURN_PATH.to_owned(),
    };
    let mail = Mail {
        subject: "New arrivals this week".to_owned(),
        preheader: "Thank you for coming back to us!".to_owned(),
        html: "<p>Thank you for coming back to us!</p>\
               <p><a href=\"{{https://shop.example/new?from=mail}}\">New arrivals this week</a></p>\
               <p><a href=\"{{unsubscribe}}\">Unsubscribe</a></p>"
            .to_owned(),
        text: "Thank you for coming back to us! New arrivals this week: \
               {{https://shop.example/new?from=mail}}\n\nUnsubscribe: {{unsubscribe}}"
            .to_owned(),
        from_name: "Music shop".to_owned(),
        reply_to: String::new(),
    };
    Shop {
        channel: Channel::Email,
        channel_account_id: FROM,
        credentials: Credentials {
            channel: Some(credentials::Channel::Email(credentials)),
        },
        message_price: None,
        broadcast: "New arrivals",
        message: Message {
            content: Some(Content::Mail(mail)),
            ..Message::default()
        },
    }
}

/// Some leave with one click; then the server sends back what bounced, and tells who complained.
pub(super) async fn come_back(control: &Control, seed: u64) -> anyhow::Result<CameBack> {
    let left = leave(control, seed).await?;
    let reports = control.mail_reports().await?;
    let taken = reports.iter().filter(|report| report.status == Some(200));
    ensure!(
        taken.count() == reports.len(),
        "reports of the mail server's were refused"
    );
    Ok(CameBack {
        left,
        reports: reports.len(),
    })
}

/// Some follow the link in what they got. How many did.
pub(super) async fn open_mails(control: &Control, seed: u64) -> anyhow::Result<usize> {
    let browser = client()?;
    let mut opened = 0;
    for (_, delivery) in (seed..)
        .zip(control.mail_deliveries().await?)
        .filter(|(at, _)| at % OPENS_ONE_IN == 0)
    {
        let text = delivery.raw.replace("=\r\n", "");
        let link = text.split_whitespace().find(|word| word.contains("/r/"));
        let link = link.context("a mail has no link")?;
        let answer = browser
            .get(link)
            .header("user-agent", BROWSER)
            .send()
            .await?;
        ensure!(
            answer.status().is_redirection(),
            "a link leads nowhere: {}",
            answer.status()
        );
        opened += 1;
    }
    Ok(opened)
}

fn client() -> reqwest::Result<reqwest::Client> {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.redirect(reqwest::redirect::Policy::none()).build()
}

/// As a mail program does it: by the address in the header, without opening the mail.
async fn leave(control: &Control, seed: u64) -> anyhow::Result<usize> {
    let program = client()?;
    let mut left = 0;
    for (_, delivery) in (seed..)
        .zip(control.mail_deliveries().await?)
        .filter(|(at, _)| at % LEAVES_ONE_IN == 0)
    {
        let unfolded = delivery.raw.replace("\r\n ", " ");
        let mut lines = unfolded.lines();
        let url = lines.find_map(|line| line.strip_prefix("List-Unsubscribe:"));
        let url = url.context("a mail has no link to leave by")?;
        let posted = program
            .post(url.trim().trim_matches(['<', '>']))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(ONE_CLICK);
        let answer = posted.send().await?;
        ensure!(
            answer.status().is_success(),
            "one click does not unsubscribe: {}",
            answer.status()
        );
        left += 1;
    }
    Ok(left)
}
