use std::time::Duration;

use anyhow::Context as _;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::{Client, header};
use serde_json::{Value, json};

use super::{
    event::{Event, take_effect},
    plan::{Order, Posted, WebhookPlan},
    signature::sign,
};
use crate::channel::Channel;

/// How long LINE waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The posts of a plan, in their order.
#[derive(Debug)]
pub(crate) struct Prepared {
    url: String,
    secret: String,
    destination: Value,
    posts: Vec<Post>,
}

#[derive(Debug, Clone)]
struct Post {
    events: Vec<Event>,
    redelivery: bool,
}

/// Lets the events take effect and lays the posts out.
pub(crate) fn prepare(
    channel: &mut Channel,
    plan: &WebhookPlan,
    now: Duration,
) -> anyhow::Result<Prepared> {
    let url = channel.settings.webhook_url.clone();
    let url = url.context("the channel has no webhook_url")?;
    for event in &plan.events {
        take_effect(event, channel);
    }
    let secret = if plan.forged {
        "not the channel's secret".to_owned()
    } else {
        channel.settings.channel_secret.clone()
    };
    Ok(Prepared {
        url,
        secret,
        destination: json!(channel.bot),
        posts: posts(plan, now),
    })
}

/// One post after another, each answer awaited.
pub(crate) async fn deliver(
    prepared: Prepared,
    plan: &WebhookPlan,
    client: &Client,
) -> Vec<Posted> {
    let mut posted = Vec::new();
    for mut post in prepared.posts.iter().cloned() {
        for _ in 0..=plan.redeliver_failed {
            let status = prepared.post(&post, client).await;
            posted.push(Posted {
                webhook_event_ids: post.events.iter().map(|event| event.id.clone()).collect(),
                redelivery: post.redelivery,
                status,
            });
            if status.is_some_and(|status| (200..300).contains(&status)) {
                break;
            }
            post.redelivery = true;
        }
    }
    posted
}

impl Prepared {
    async fn post(&self, post: &Post, client: &Client) -> Option<u16> {
        let events = post.events.iter();
        let events: Vec<Value> = events.map(|event| event.json(post.redelivery)).collect();
        let body = json!({ "destination": self.destination, "events": events }).to_string();
        let response = client
            .post(&self.url)
            .timeout(TIMEOUT)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, "LineBotWebhook/2.0")
            .header("x-line-signature", sign(&self.secret, body.as_bytes()))
            .body(body)
            .send()
            .await;
        response.ok().map(|response| response.status().as_u16())
    }
}

fn posts(plan: &WebhookPlan, now: Duration) -> Vec<Post> {
    let first = |events: Vec<Event>| Post {
        events,
        redelivery: false,
    };
    let events: Vec<Event> = plan
        .events
        .iter()
        .map(|event| Event::new(event, now))
        .collect();
    let mut originals: Vec<Post> = events
        .chunks(plan.events_per_post.max(1))
        .map(|events| first(events.to_vec()))
        .collect();
    if originals.is_empty() {
        originals.push(first(Vec::new()));
    }

    let mut posts = originals.clone();
    for _ in 0..plan.duplicates {
        posts.extend(originals.iter().cloned());
    }
    for _ in 0..plan.redeliveries {
        posts.extend(originals.iter().cloned().map(|post| Post {
            redelivery: true,
            ..post
        }));
    }
    match plan.order {
        Order::AsGiven => {}
        Order::Reversed => posts.reverse(),
        Order::Shuffled => posts.shuffle(&mut StdRng::seed_from_u64(plan.seed)),
    }
    posts
}
