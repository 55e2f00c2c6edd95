use anyhow::{Context as _, bail};
use bootstrap::Clock as _;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use proto::{
    broadcast::v1::{
        BroadcastState, ConfirmBroadcastRequest, CreateBroadcastRequest, Message,
        PreviewBroadcastRequest, PreviewBroadcastResponse,
    },
    common::v1::Channel,
    contacts::v1::{ConnectAccountRequest, Credentials},
    reporting::v1::{BroadcastReport, GetBroadcastReportRequest},
};
use simulator::{Acted, Control};
use uuid::Uuid;

use super::{
    level::{wait_until_level, wait_until_quiet},
    mail, meta,
    orders::{ShopOrder, shifted},
    people,
    sample::Sample,
    stage::Stage,
};
use crate::{
    cli::DemoArgs,
    client::Client,
    commands::{channel_name, import_contacts, parse_price, text, wait_until_done},
    filter::FilterArgs,
    output::Output,
};

/// What the demo's shop pays LINE for a message: NT$0.2 in its own currency, so that revenue and
/// cost can be compared.
const MESSAGE_PRICE: &str = "USD 0.0065";
const MESSAGE: &str = "Thank you for coming back to us! New arrivals this week: {{https://shop.example/new?from=line}}";
const ORDERS_A_REQUEST: usize = 500;

/// What came of the walk.
#[derive(Debug)]
pub(crate) struct Walked {
    /// LINE's first.
    pub(crate) reports: Vec<BroadcastReport>,
    pub(crate) acted: Acted,
    pub(crate) started_at: DateTime<Utc>,
}

/// A channel that the shop sends by.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) channel: Channel,
    pub(super) channel_account_id: &'static str,
    pub(super) credentials: Credentials,
    pub(super) message_price: Option<&'static str>,
    pub(super) broadcast: &'static str,
    pub(super) message: Message,
}

pub(crate) async fn walk(
    stage: &Stage,
    arguments: &DemoArgs,
    output: Output,
) -> anyhow::Result<Walked> {
    let sample = match arguments.scale {
        Some(people) => Sample::synthetic(people)?,
        None => Sample::read(arguments.contacts.as_deref(), arguments.orders.as_deref())?,
    };
    let mut client = Client::new(&stage.endpoints)?;
    let control = Control::new(&stage.simulator.url)?;
    let shop = line();
    let account_id = connect(&mut client, &shop, stage, &control).await?;
    import(&mut client, &shop, account_id.clone(), &sample, output).await?;
    wait_until_level(&stage.endpoints).await?;
    let webhooks = people::live_a_little(&control, &sample.people).await?;
    output.note(&format!(
        "{webhooks} webhooks: some people block the account, some write"
    ));
    wait_until_level(&stage.endpoints).await?;
    // The webhooks became contacts' events, which the read models have to reflect as well.
    wait_until_level(&stage.endpoints).await?;

    let started_at = stage.clock.now();
    let mut broadcasts = vec![broadcast(&mut client, shop, account_id, output).await?];
    let mut mail_account = String::new();
    // Made-up people are LINE's alone.
    if arguments.scale.is_none() {
        mail::set_mailboxes(&control, &sample.mailboxes).await?;
        let by_mail = mail::shop(stage.simulator.smtp);
        for shop in meta::shops().into_iter().chain([by_mail]) {
            let account_id = connect(&mut client, &shop, stage, &control).await?;
            import(&mut client, &shop, account_id.clone(), &sample, output).await?;
            wait_until_level(&stage.endpoints).await?;
            // The last is by mail.
            mail_account.clone_from(&account_id);
            broadcasts.push(broadcast(&mut client, shop, account_id, output).await?);
        }
    }
    wait_until_level(&stage.endpoints).await?;
    let acted = people::click(&control, arguments.seed).await?;
    output.note(&format!(
        "{} people clicked, and {} bots",
        acted.clicked_people, acted.bot_fetches
    ));

    if arguments.scale.is_none() {
        what_comes_back(stage, &control, arguments.seed, output).await?;
        next_mail(&mut client, stage, mail_account, output).await?;
    }

    stage.clock.shift(TimeDelta::zero());
    let visitors = people::visitors(&acted, &sample.people);
    let orders = shifted(&sample.orders, started_at, stage.clock.now(), &visitors)?;
    output.note(&format!(
        "a week passes: {} orders reach the shop",
        orders.len()
    ));
    feed(stage, &orders).await?;
    wait_until_level(&stage.endpoints).await?;
    Ok(Walked {
        reports: reports(&mut client, broadcasts).await?,
        acted,
        started_at,
    })
}

async fn reports(
    client: &mut Client,
    broadcasts: Vec<String>,
) -> anyhow::Result<Vec<BroadcastReport>> {
    let mut reports = Vec::with_capacity(broadcasts.len());
    for broadcast_id in broadcasts {
        let request = GetBroadcastReportRequest {
            broadcast_id,
            consistency_token: String::new(),
        };
        let response = client.reporting.get_broadcast_report(request).await?;
        reports.push(response.into_inner().report.context("there is no report")?);
    }
    Ok(reports)
}

/// Of what was sent by Meta's channels and by mail.
async fn what_comes_back(
    stage: &Stage,
    control: &Control,
    seed: u64,
    output: Output,
) -> anyhow::Result<()> {
    let tapped = meta::tap(control, &stage.endpoints.ingress, seed).await?;
    output.note(&format!("{tapped} people tapped what they got by WhatsApp"));
    let posts = meta::tell(control, seed).await?;
    output.note(&format!(
        "Meta tells in {posts} posts what was delivered and read"
    ));
    let opened = mail::open_mails(control, seed).await?;
    let came_back = mail::come_back(control, seed).await?;
    output.note(&format!(
        "{opened} people followed the link in their mail, {} left with one click; {} mails came back as \
         bounces and complaints",
        came_back.left, came_back.reports
    ));
    wait_until_quiet(&stage.endpoints).await
}

/// Whoever left, complained or has no mailbox gets no other mail.
async fn next_mail(
    client: &mut Client,
    stage: &Stage,
    account_id: String,
    output: Output,
) -> anyhow::Result<()> {
    // What came back became contacts' events, which the read models have to reflect as well.
    wait_until_level(&stage.endpoints).await?;
    let message = mail::shop(stage.simulator.smtp).message;
    let (_, preview) = draft(client, "The next mail", message, account_id).await?;
    let left_out = preview.excluded.iter().map(|exclusion| {
        let reason = exclusion.reason().as_str_name();
        let reason = reason
            .trim_start_matches("EXCLUSION_REASON_")
            .to_lowercase();
        format!("{} {reason}", exclusion.contacts)
    });
    output.note(&format!(
        "the next mail would go to {} of {}: left out are {}",
        preview.included,
        preview.matching,
        left_out.collect::<Vec<_>>().join(" and ")
    ));
    Ok(())
}

fn line() -> Shop {
    Shop {
        channel: Channel::Line,
        channel_account_id: "",
        credentials: people::credentials(),
        message_price: Some(MESSAGE_PRICE),
        broadcast: "New arrivals",
        message: text(MESSAGE.to_owned()),
    }
}

/// The channel posts to the ingress from now on.
async fn connect(
    client: &mut Client,
    shop: &Shop,
    stage: &Stage,
    control: &Control,
) -> anyhow::Result<String> {
    open(shop.channel, stage, control, None).await?;
    let request = ConnectAccountRequest {
        request_id: Uuid::new_v4().to_string(),
        channel: shop.channel.into(),
        name: "Music shop".to_owned(),
        channel_account_id: shop.channel_account_id.to_owned(),
        credentials: Some(shop.credentials.clone()),
        country: "TW".to_owned(),
        message_price: shop.message_price.map(parse_price).transpose()?,
    };
    let response = client.accounts.connect_account(request).await?.into_inner();
    let account = response.account.context("no account came back")?;
    let webhook = format!("{}{}", stage.endpoints.ingress, account.webhook_path);
    // The ingress hears of the account from its log.
    wait_until_level(&stage.endpoints).await?;
    open(shop.channel, stage, control, Some(webhook)).await?;
    Ok(account.account_id)
}

/// Sets the shop up with the channel, as its console would. Once more with a webhook.
async fn open(
    channel: Channel,
    stage: &Stage,
    control: &Control,
    webhook: Option<String>,
) -> anyhow::Result<()> {
    match channel {
        Channel::Line => people::open_channel(control, webhook).await,
        Channel::Messenger => meta::open_page(control, webhook).await,
        Channel::Whatsapp => meta::open_phone(control, &stage.endpoints.ingress, webhook).await,
        Channel::Email => mail::open_server(control, &stage.endpoints.token, webhook).await,
        Channel::Unspecified => Ok(()),
    }
}

async fn import(
    client: &mut Client,
    shop: &Shop,
    account_id: String,
    sample: &Sample,
    output: Output,
) -> anyhow::Result<()> {
    let imported = import_contacts(client, account_id, &sample.contacts, output).await?;
    let counts = imported.done.counts.unwrap_or_default();
    output.note(&format!(
        "imported {} contacts of {}",
        counts.added,
        channel_name(shop.channel)
    ));
    if counts.refused > 0 {
        output.note(&format!(
            "{} rows were refused, most of them for being of another channel",
            counts.refused
        ));
    }
    Ok(())
}

async fn broadcast(
    client: &mut Client,
    shop: Shop,
    account_id: String,
    output: Output,
) -> anyhow::Result<String> {
    let (broadcast_id, preview) = draft(client, shop.broadcast, shop.message, account_id).await?;
    output.note(&format!(
        "preview: {} match `repeat` and not `vip`, {} would get it",
        preview.matching, preview.included
    ));
    let confirm = ConfirmBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        preview_hash: preview.preview_hash,
        request_id: Uuid::new_v4().to_string(),
    };
    client.broadcast.confirm_broadcast(confirm).await?;
    let done = wait_until_done(client, &broadcast_id, output).await?;
    if done.state() != BroadcastState::Done {
        bail!(
            "the broadcast is {}: {}",
            done.state().as_str_name(),
            done.state_detail
        );
    }
    output.note(&format!(
        "sent to {} people by {}",
        done.settled,
        channel_name(shop.channel)
    ));
    Ok(broadcast_id)
}

/// Written and looked at, and sent to nobody yet.
async fn draft(
    client: &mut Client,
    name: &str,
    message: Message,
    account_id: String,
) -> anyhow::Result<(String, PreviewBroadcastResponse)> {
    let filter = FilterArgs {
        tag: vec!["repeat".to_owned()],
        not_tag: vec!["vip".to_owned()],
        ..FilterArgs::default()
    };
    let create = CreateBroadcastRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id,
        name: name.to_owned(),
        audience: Some(filter.filter()),
        messages: vec![message],
        personal_links: false,
    };
    let created = client
        .broadcast
        .create_broadcast(create)
        .await?
        .into_inner();
    let broadcast_id = created
        .broadcast
        .context("no broadcast came back")?
        .broadcast_id;
    let preview = PreviewBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        consistency_token: created.consistency_token,
    };
    let preview = client.broadcast.preview_broadcast(preview).await?;
    Ok((broadcast_id, preview.into_inner()))
}

/// Half of the orders over HTTP, half over NATS: a shop has one or the other.
async fn feed(stage: &Stage, orders: &[ShopOrder]) -> anyhow::Result<()> {
    let (over_http, over_nats) = orders.split_at(orders.len() / 2);
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()?;
    for chunk in over_http.chunks(ORDERS_A_REQUEST) {
        let response = http
            .post(format!("{}/v1/orders", stage.endpoints.ingress))
            .bearer_auth(&stage.endpoints.token)
            .json(chunk)
            .send()
            .await
            .context("cannot reach the ingress")?;
        let status = response.status();
        if !status.is_success() {
            bail!(
                "the ingress refused orders: {status} {}",
                response.text().await?
            );
        }
    }

    let nats = async_nats::connect(&stage.endpoints.nats).await?;
    let jetstream = async_nats::jetstream::new(nats);
    let subject = ingress::orders_in_subject(stage.endpoints.team_id);
    let published = over_nats.chunks(ORDERS_A_REQUEST).map(|chunk| {
        let (jetstream, subject) = (jetstream.clone(), subject.clone());
        async move {
            let payload = serde_json::to_vec(chunk)?;
            jetstream.publish(subject, payload.into()).await?.await?;
            anyhow::Ok(())
        }
    });
    try_join_all(published).await?;
    wait_until_taken(&jetstream).await
}

/// Waits until the ingress has journalled what was published: it acknowledges after that.
async fn wait_until_taken(jetstream: &async_nats::jetstream::Context) -> anyhow::Result<()> {
    loop {
        let stream = jetstream.get_stream(ingress::ORDERS_IN_STREAM).await?;
        if stream.cached_info().state.messages == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
