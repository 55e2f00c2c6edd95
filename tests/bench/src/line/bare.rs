use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use anyhow::Context as _;
use reqwest::Client;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Options, TEXT, options::person};
use crate::tasks;

/// As many as LINE takes in one request.
const MULTICAST_PEOPLE: u32 = 500;

/// How many people a second the simulator takes from a client that keeps no account of anything.
pub(crate) async fn measure(url: &str, token: &str, options: &Options) -> anyhow::Result<f64> {
    // As Fanfare's own: plain HTTP needs no roots.
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .context("cannot make an HTTP client")?;
    let url = format!("{url}/v2/bot/message/multicast");
    let next = Arc::new(AtomicU32::new(0));
    let people = options.people;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..options.in_flight {
        let (client, url, token, next) = (
            client.clone(),
            url.clone(),
            token.to_owned(),
            Arc::clone(&next),
        );
        tasks.spawn(async move {
            loop {
                let first = next.fetch_add(MULTICAST_PEOPLE, Ordering::Relaxed);
                if first >= people {
                    return anyhow::Ok(());
                }
                let to: Vec<String> = (first..people.min(first + MULTICAST_PEOPLE))
                    .map(|number| person(number).to_string())
                    .collect();
                let answer = client
                    .post(&url)
                    .bearer_auth(&token)
                    .header("X-Line-Retry-Key", Uuid::new_v4().to_string())
                    .json(&json!({ "to": to, "messages": [{ "type": "text", "text": TEXT }] }))
                    .send()
                    .await
                    .context("cannot reach the simulator")?;
                let status = answer.status();
                let body = answer.text().await.context("cannot read the answer")?;
                anyhow::ensure!(
                    status.is_success(),
                    "the simulator refused: {status} {body}"
                );
            }
        });
    }
    tasks::all(tasks).await?;
    Ok(f64::from(people) / started.elapsed().as_secs_f64())
}
