use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::Context as _;
use reqwest::{Client, Method};
use serde::{Serialize, de::DeserializeOwned};

use super::types::{AdvanceClock, ChannelInfo, ReceivedSend, SetFaults};
use crate::{
    channel::{ChannelSettings, Population, Totals, UserState},
    clock::millis,
    faults::Fault,
    outside::install_tls_provider,
    population::{ActPlan, Acted},
    user_id::UserId,
    webhook::{Posted, WebhookPlan},
};

/// Speaks to a simulator's control API, in this process or another.
#[derive(Debug, Clone)]
pub struct Control {
    client: Client,
    base: String,
}

impl Control {
    /// `url` is the simulator's own, without a path.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        install_tls_provider();
        let client = Client::builder()
            .no_proxy()
            // Plain HTTP alone, so the system's roots need not be read.
            .tls_certs_only([])
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            client,
            base: format!("{}/_control", url.trim_end_matches('/')),
        })
    }

    /// Makes a channel, or sets an existing one anew.
    pub async fn set_channel(
        &self,
        channel: &str,
        settings: &ChannelSettings,
    ) -> anyhow::Result<ChannelInfo> {
        let path = format!("channels/{channel}");
        self.ask(Method::PUT, &path, Some(settings)).await
    }

    pub async fn set_users(
        &self,
        channel: &str,
        states: &HashMap<UserId, UserState>,
    ) -> anyhow::Result<()> {
        self.tell(Method::PUT, &format!("channels/{channel}/users"), states)
            .await
    }

    pub async fn set_population(
        &self,
        channel: &str,
        population: &Population,
    ) -> anyhow::Result<()> {
        let path = format!("channels/{channel}/population");
        self.tell(Method::PUT, &path, population).await
    }

    /// These faults and no others, from now on.
    pub async fn set_faults(&self, seed: u64, faults: Vec<Fault>) -> anyhow::Result<()> {
        self.tell(Method::PUT, "faults", &SetFaults { seed, faults })
            .await
    }

    pub async fn advance_clock(&self, by: Duration) -> anyhow::Result<()> {
        let advance_ms = millis(by);
        self.tell(Method::POST, "clock", &AdvanceClock { advance_ms })
            .await
    }

    /// Forgets what happened and turns the faults off; channels keep their settings.
    pub async fn reset(&self) -> anyhow::Result<()> {
        self.tell(Method::POST, "reset", &()).await
    }

    pub async fn totals(&self, channel: &str) -> anyhow::Result<Totals> {
        self.get(&format!("channels/{channel}/totals")).await
    }

    /// How many sends each person got.
    pub async fn deliveries(&self, channel: &str) -> anyhow::Result<BTreeMap<UserId, u32>> {
        self.get(&format!("channels/{channel}/deliveries")).await
    }

    /// The sends that one person got, in order.
    pub async fn deliveries_to(
        &self,
        channel: &str,
        user: UserId,
    ) -> anyhow::Result<Vec<ReceivedSend>> {
        let path = format!("channels/{channel}/deliveries/{user}");
        self.get(&path).await
    }

    /// Lets people act on what they got since the last time.
    pub async fn act(&self, channel: &str, plan: &ActPlan) -> anyhow::Result<Acted> {
        let path = format!("channels/{channel}/act");
        self.ask(Method::POST, &path, Some(plan)).await
    }

    /// Posts events to the channel's webhook, and answers with each post in the order of posting.
    pub async fn webhooks(&self, channel: &str, plan: &WebhookPlan) -> anyhow::Result<Vec<Posted>> {
        let path = format!("channels/{channel}/webhooks");
        self.ask(Method::POST, &path, Some(plan)).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.ask(Method::GET, path, None::<&()>).await
    }

    pub(crate) async fn tell(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<()> {
        self.send(method, path, Some(body)).await.map(drop)
    }

    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<T> {
        let answer = self.send(method, path, body).await?;
        serde_json::from_slice(&answer).with_context(|| format!("cannot read the answer to {path}"))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut request = self.client.request(method, format!("{}/{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.context("cannot reach the simulator")?;
        let status = response.status();
        let answer = response.bytes().await.context("cannot read the answer")?;
        anyhow::ensure!(
            status.is_success(),
            "the simulator refused {path}: {status} {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(answer.to_vec())
    }
}
