use std::collections::HashMap;

use proto::contacts::v1::{Credentials, LineCredentials, credentials};
use simulator::{
    ActPlan, Acted, ChannelSettings, Control, EventPlan, RateLimit, UserId, WebhookPlan,
};

use super::sample::PersonRow;

pub(crate) const CHANNEL: &str = "demo";
pub(crate) const ACCESS_TOKEN: &str = "demo-access-token";
pub(crate) const CHANNEL_SECRET: &str = "demo-channel-secret";
/// One person in this many has blocked the account before the broadcast.
const BLOCKED_ONE_IN: usize = 40;
/// Of the others, one in this many wrote a message.
const WROTE_ONE_IN: usize = 25;
/// With made-up contacts: more would only take longer.
const WEBHOOKS_MAX: usize = 200;
const CLICK_PROBABILITY: f64 = 0.5;
const BOT_PROBABILITY: f64 = 0.1;
/// LINE's own limit, lifted far enough that a million people take seconds.
const MULTICASTS_A_SECOND: f64 = 2_000.0;

/// What an account of the channel logs in with.
pub(crate) fn credentials() -> Credentials {
    let line = LineCredentials {
        access_token: ACCESS_TOKEN.to_owned(),
        channel_secret: CHANNEL_SECRET.to_owned(),
    };
    Credentials {
        channel: Some(credentials::Channel::Line(line)),
    }
}

/// Sets the channel up as LINE's console would.
pub(crate) async fn open_channel(
    control: &Control,
    webhook_url: Option<String>,
) -> anyhow::Result<()> {
    let settings = ChannelSettings {
        access_token: ACCESS_TOKEN.to_owned(),
        channel_secret: CHANNEL_SECRET.to_owned(),
        quota: None,
        multicast_rate: RateLimit::each_second(MULTICASTS_A_SECOND),
        webhook_url,
        ..ChannelSettings::default()
    };
    control.set_channel(CHANNEL, &settings).await?;
    Ok(())
}

/// Some have blocked the account, some write to it: LINE tells us by webhook, some of it twice.
pub(crate) async fn live_a_little(
    control: &Control,
    people: &[PersonRow],
) -> anyhow::Result<usize> {
    let mut events = Vec::new();
    for (place, person) in people.iter().enumerate() {
        let Some(user) = UserId::parse(&person.external_id) else {
            continue;
        };
        if place % BLOCKED_ONE_IN == 0 {
            events.push(EventPlan::Unfollow { user: Some(user) });
        } else if place % WROTE_ONE_IN == 0 {
            events.push(EventPlan::Message {
                user: Some(user),
                text: "Are you open on Sunday?".to_owned(),
            });
        }
        if events.len() == WEBHOOKS_MAX {
            break;
        }
    }
    let count = events.len();
    let plan = WebhookPlan {
        events,
        events_per_post: 10,
        redeliveries: 1,
        redeliver_failed: 3,
        ..WebhookPlan::default()
    };
    let posted = control.webhooks(CHANNEL, &plan).await?;
    let refused = posted
        .iter()
        .filter(|post| post.status != Some(200))
        .count();
    anyhow::ensure!(refused == 0, "{refused} webhooks were refused");
    Ok(count)
}

/// People open what they got; some click, some twice; preview bots fetch the links as well.
pub(crate) async fn click(control: &Control, seed: u64) -> anyhow::Result<Acted> {
    let plan = ActPlan {
        seed,
        click_probability: CLICK_PROBABILITY,
        bot_probability: BOT_PROBABILITY,
        ..ActPlan::default()
    };
    control.act(CHANNEL, &plan).await
}

/// As whom the shop's page knows each member who clicked.
pub(crate) fn visitors(acted: &Acted, people: &[PersonRow]) -> HashMap<String, String> {
    let members: HashMap<UserId, &str> = people
        .iter()
        .filter_map(|person| {
            Some((
                UserId::parse(&person.external_id)?,
                person.member_no.as_str(),
            ))
        })
        .collect();
    acted
        .by_user
        .iter()
        .filter_map(|(user, clicked)| {
            let member = members.get(user)?;
            Some(((*member).to_owned(), clicked.visitor_id.clone()?))
        })
        .collect()
}
