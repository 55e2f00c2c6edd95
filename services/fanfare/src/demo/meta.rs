//! The same shop on Messenger and WhatsApp, with templates that Meta has approved.

use anyhow::{Context as _, ensure};
use proto::{
    broadcast::v1::{Message, message::Content},
    common::v1::{Channel, Template, TemplateButton, TemplateParameter, template_button::Value},
    contacts::v1::{Credentials, MetaCredentials, credentials},
};
use simulator::{
    Control, Order, PagePlan, PageSettings, PhonePlan, PhoneSettings, PostPlan, RateLimit,
    TemplateSettings,
};

use super::walk::Shop;

const PAGE_ID: &str = "104563289177201";
const PHONE_NUMBER_ID: &str = "106540352242922";
const BUSINESS_ACCOUNT_ID: &str = "102290129340398";
const ACCESS_TOKEN: &str = "demo-meta-access-token";
const APP_SECRET: &str = "demo-app-secret";
const VERIFY_TOKEN: &str = "demo-verify-token";
const LANGUAGE: &str = "en_US";
const STATEMENT: &str = "points_statement";
const ARRIVALS: &str = "new_arrivals";
const ARRIVALS_URL: &str = "{{https://shop.example/new?from=whatsapp}}";
const DELIVERED_PROBABILITY: f64 = 0.95;
/// What the demo's shop pays for a marketing template.
const WHATSAPP_PRICE: &str = "USD 0.0732";

/// Sets the page up as Meta's console would, and has Meta check the webhook's address, if one is given.
pub(super) async fn open_page(
    control: &Control,
    webhook_url: Option<String>,
) -> anyhow::Result<()> {
    let is_connected = webhook_url.is_some();
    let page = PageSettings {
        access_token: ACCESS_TOKEN.to_owned(),
        app_secret: APP_SECRET.to_owned(),
        require_proof: true,
        name: "Music shop".to_owned(),
        templates: vec![TemplateSettings {
            category: "UTILITY".to_owned(),
            ..TemplateSettings::marketing(
                STATEMENT,
                LANGUAGE,
                "Your statement of {{1}} is ready. Reply to this message to get it.",
            )
        }],
        verify_token: VERIFY_TOKEN.to_owned(),
        webhook_url,
        ..PageSettings::default()
    };
    control.set_page(PAGE_ID, &page).await?;
    let verified = !is_connected || control.verify_page(PAGE_ID).await?;
    ensure!(verified, "Messenger's webhook does not pass Meta's check");
    Ok(())
}

/// As [`open_page`]. `links_url` is where tracked links lead through.
pub(super) async fn open_phone(
    control: &Control,
    links_url: &str,
    webhook_url: Option<String>,
) -> anyhow::Result<()> {
    let is_connected = webhook_url.is_some();
    let arrivals = TemplateSettings {
        components: vec![
            serde_json::json!({"type": "BODY", "text": "Hello {{1}}! New arrivals this week."}),
            serde_json::json!({"type": "BUTTONS", "buttons": [
                {"type": "URL", "text": "See them", "url": format!("{links_url}/r/{{{{1}}}}")},
            ]}),
        ],
        ..TemplateSettings::marketing(ARRIVALS, LANGUAGE, "")
    };
    let phone = PhoneSettings {
        access_token: ACCESS_TOKEN.to_owned(),
        app_secret: APP_SECRET.to_owned(),
        require_proof: true,
        waba_id: BUSINESS_ACCOUNT_ID.to_owned(),
        rate: RateLimit::each_second(80.0),
        templates: vec![arrivals],
        verify_token: VERIFY_TOKEN.to_owned(),
        webhook_url,
        ..PhoneSettings::default()
    };
    control.set_phone(PHONE_NUMBER_ID, &phone).await?;
    let verified = !is_connected || control.verify_phone(PHONE_NUMBER_ID).await?;
    ensure!(verified, "WhatsApp's webhook does not pass Meta's check");
    Ok(())
}

/// Meta tells what became of the messages: some of it twice, and not in order.
pub(super) async fn tell(control: &Control, seed: u64) -> anyhow::Result<usize> {
    let post = PostPlan {
        events_per_post: 20,
        duplicates: 1,
        repeat_failed: 3,
        order: Order::Shuffled,
        seed,
        ..PostPlan::default()
    };
    let page = PagePlan {
        delivered_probability: DELIVERED_PROBABILITY,
        post: post.clone(),
        ..PagePlan::default()
    };
    let phone = PhonePlan {
        delivered_probability: DELIVERED_PROBABILITY,
        post,
        ..PhonePlan::default()
    };
    let posted = [
        control.page_webhooks(PAGE_ID, &page).await?,
        control.phone_webhooks(PHONE_NUMBER_ID, &phone).await?,
    ]
    .concat();
    let taken = posted.iter().filter(|post| post.status == Some(200));
    ensure!(
        taken.count() == posted.len(),
        "posts of Meta's were refused"
    );
    Ok(posted.len())
}

/// One in so many of those who got the template taps its button.
const TAPS_ONE_IN: u64 = 3;
/// What a phone's browser says of itself.
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/141.0.0.0 Mobile Safari/537.36";

/// People tap what they got by WhatsApp. How many did.
pub(super) async fn tap(control: &Control, links_url: &str, seed: u64) -> anyhow::Result<usize> {
    let browser = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .user_agent(BROWSER)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let received = control.phone_deliveries(PHONE_NUMBER_ID).await?;
    let mut tapped = 0;
    for (_, message) in (seed..)
        .zip(received)
        .filter(|(at, _)| at % TAPS_ONE_IN == 0)
    {
        let content: serde_json::Value = serde_json::from_str(message.content.get())?;
        let token = content.pointer("/template/components/1/parameters/0/text");
        let token = token.and_then(serde_json::Value::as_str);
        let token = token.context("the template was sent without its link")?;
        let answer = browser.get(format!("{links_url}/r/{token}")).send().await?;
        ensure!(
            answer.status().is_redirection(),
            "a link leads nowhere: {}",
            answer.status()
        );
        tapped += 1;
    }
    Ok(tapped)
}

/// In the order in which they are sent to.
pub(super) fn shops() -> [Shop; 2] {
    let credentials = MetaCredentials {
        access_token: ACCESS_TOKEN.to_owned(),
        app_secret: APP_SECRET.to_owned(),
        verify_token: VERIFY_TOKEN.to_owned(),
        business_account_id: String::new(),
    };
    let of = |channel| Credentials {
        channel: Some(channel),
    };
    [
        Shop {
            channel: Channel::Messenger,
            channel_account_id: PAGE_ID,
            credentials: of(credentials::Channel::Messenger(credentials.clone())),
            message_price: None,
            broadcast: "Points statement",
            message: template(STATEMENT, "your points", None),
        },
        Shop {
            channel: Channel::Whatsapp,
            channel_account_id: PHONE_NUMBER_ID,
            credentials: of(credentials::Channel::Whatsapp(MetaCredentials {
                business_account_id: BUSINESS_ACCOUNT_ID.to_owned(),
                ..credentials
            })),
            message_price: Some(WHATSAPP_PRICE),
            broadcast: "New arrivals",
            message: template(ARRIVALS, "again", Some(ARRIVALS_URL)),
        },
    ]
}

fn template(name: &str, parameter: &str, url_suffix: Option<&str>) -> Message {
    let parameter = TemplateParameter {
        name: String::new(),
        text: parameter.to_owned(),
    };
    let button = url_suffix.map(|suffix| TemplateButton {
        index: 0,
        value: Some(Value::UrlSuffix(suffix.to_owned())),
    });
    let template = Template {
        name: name.to_owned(),
        language: LANGUAGE.to_owned(),
        header: None,
        body: vec![parameter],
        buttons: button.into_iter().collect(),
        cards: Vec::new(),
    };
    Message {
        content: Some(Content::Template(template)),
        ..Message::default()
    }
}
