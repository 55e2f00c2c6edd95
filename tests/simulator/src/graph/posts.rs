use std::time::Duration;

use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::{Client, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::signature::{escaped, hmac_hex};
use crate::webhook::Order;

/// How long Meta waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How badly webhooks are posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostPlan {
    /// So many changes in one body: WhatsApp sends up to 1000.
    pub events_per_post: usize,
    /// Each post is repeated this often exactly as it was.
    pub duplicates: u32,
    /// A post that is not answered 2xx is posted again up to this often.
    pub repeat_failed: u32,
    /// Of the events, before they are bundled; the duplicates are shuffled in as well.
    pub order: Order,
    /// For the shuffled order.
    pub seed: u64,
    /// Signs with another secret.
    pub forged: bool,
}

impl Default for PostPlan {
    fn default() -> Self {
        Self {
            events_per_post: 1,
            duplicates: 0,
            repeat_failed: 0,
            order: Order::AsGiven,
            seed: 0,
            forged: false,
        }
    }
}

/// One post, and what it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphPosted {
    /// As it was sent, byte for byte.
    pub body: String,
    pub signature: String,
    /// None if there was no answer within five seconds.
    pub status: Option<u16>,
}

/// Bodies that are laid out and not yet posted.
#[derive(Debug)]
pub(crate) struct Posting {
    url: String,
    secret: String,
    bodies: Vec<String>,
    repeat_failed: u32,
}

/// Bundles events into bodies and lays the posts out.
pub(crate) fn posting(
    url: String,
    app_secret: &str,
    plan: &PostPlan,
    mut events: Vec<Value>,
    bundle: impl Fn(&[Value]) -> Value,
) -> Posting {
    arrange(&mut events, plan);
    let originals: Vec<String> = events
        .chunks(plan.events_per_post.max(1))
        .map(|events| escaped(&bundle(events).to_string()))
        .collect();
    let mut bodies = originals.clone();
    for _ in 0..plan.duplicates {
        bodies.extend(originals.iter().cloned());
    }
    if plan.duplicates > 0 {
        arrange(&mut bodies, plan);
    }
    let secret = if plan.forged {
        "not the app's secret"
    } else {
        app_secret
    };
    Posting {
        url,
        secret: secret.to_owned(),
        bodies,
        repeat_failed: plan.repeat_failed,
    }
}

fn arrange<T>(items: &mut [T], plan: &PostPlan) {
    match plan.order {
        Order::AsGiven => {}
        Order::Reversed => items.reverse(),
        Order::Shuffled => items.shuffle(&mut StdRng::seed_from_u64(plan.seed)),
    }
}

/// One post after another, each answer awaited.
pub(crate) async fn deliver(posting: Posting, client: &Client) -> Vec<GraphPosted> {
    let mut posted = Vec::new();
    for body in &posting.bodies {
        for _ in 0..=posting.repeat_failed {
            let signature = format!("sha256={}", hmac_hex(&posting.secret, body.as_bytes()));
            let answer = client
                .post(&posting.url)
                .timeout(TIMEOUT)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::USER_AGENT, "facebookexternalua")
                .header("x-hub-signature-256", &signature)
                .body(body.clone())
                .send()
                .await;
            let status = answer.ok().map(|answer| answer.status().as_u16());
            posted.push(GraphPosted {
                body: body.clone(),
                signature,
                status,
            });
            if status.is_some_and(|status| (200..300).contains(&status)) {
                break;
            }
        }
    }
    posted
}
