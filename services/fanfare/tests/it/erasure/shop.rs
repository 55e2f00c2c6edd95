//! A shop whose services run as processes, and what reaches it from outside.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Client;
use ring::hmac;
use serde_json::{Value, json};
use test_support::eventually;
use tonic::Status;
use uuid::Uuid;

use crate::{
    dynamic::{call, methods, name},
    installation::{Authorized, Installation},
};

pub(crate) const ACCESS_TOKEN: &str = "token";
pub(crate) const CHANNEL_SECRET: &str = "secret";

pub(crate) struct Shop {
    pub(crate) installation: Installation,
    http: Client,
    pub(crate) account: String,
}

impl Shop {
    /// Connects an account of this name.
    pub(crate) async fn open(installation: Installation, name: &str) -> Self {
        // Done already where there is a simulator.
        drop(rustls::crypto::ring::default_provider().install_default());
        // Plain HTTP alone, so the system's roots need not be read.
        let http = Client::builder().no_proxy().tls_certs_only([]);
        let mut shop = Self {
            installation,
            http: http.build().unwrap(),
            account: String::new(),
        };
        shop.installation.listening("contacts").await;
        let connect = json!({
            "requestId": Uuid::new_v4(),
            "channel": "CHANNEL_LINE",
            "name": name,
            "country": "TW",
            "credentials": { "line": { "accessToken": ACCESS_TOKEN, "channelSecret": CHANNEL_SECRET } },
        });
        let connected = shop.must("AccountsService/ConnectAccount", connect).await;
        shop.account = text(&connected, "/account/accountId");
        shop
    }

    pub(crate) async fn rpc(&self, rpc: &str, requests: &[Value]) -> Result<Vec<Value>, Status> {
        let method = methods()
            .into_iter()
            .find(|method| name(method).ends_with(rpc))
            .unwrap();
        let name = name(&method);
        let service = name.split('.').nth(1).unwrap();
        let channel = self.installation.channel(service);
        call(
            Authorized::new(channel, self.installation.auth()),
            &method,
            requests,
        )
        .await
    }

    /// The one answer.
    pub(crate) async fn must(&self, rpc: &str, request: Value) -> Value {
        let answers = self.rpc(rpc, &[request]).await;
        answers
            .unwrap_or_else(|error| panic!("{rpc}: {error}"))
            .remove(0)
    }

    /// Asks until the answer is as it should be.
    pub(crate) async fn until(
        &self,
        rpc: &str,
        request: Value,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut last = String::new();
        for _ in 0..600 {
            match self.rpc(rpc, std::slice::from_ref(&request)).await {
                Ok(answers) if is_so(&answers[0]) => return answers[0].clone(),
                answered => last = format!("{answered:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{rpc} never says so: {last}\n{}", self.installation.log())
    }

    pub(crate) async fn import(&self, file: &str) {
        let requests = [
            json!({ "start": { "accountId": self.account, "format": "IMPORT_FORMAT_CSV" } }),
            json!({ "data": BASE64_STANDARD.encode(file) }),
        ];
        let reports = self.rpc("ContactsService/ImportContacts", &requests).await;
        let reports = reports.unwrap();
        let done = reports.last().unwrap();
        assert!(done.pointer("/done").is_some(), "{reports:?}");
    }

    /// As LINE posts it.
    pub(crate) async fn webhook(&self, event: &Value) {
        let body = json!({ "destination": "U0", "events": [event] }).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, CHANNEL_SECRET.as_bytes());
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, body.as_bytes()));
        let url = format!(
            "{}/v1/webhooks/line/{}",
            self.installation.endpoint("ingress"),
            self.account
        );
        eventually("the ingress knows the account", async || {
            let posted = self.http.post(&url).header("x-line-signature", &signature);
            let posted = posted.body(body.clone()).send().await.ok()?;
            posted.status().is_success().then_some(())
        })
        .await;
    }

    pub(crate) async fn order_over_http(&self, order: &Value) {
        let url = format!("{}/v1/orders", self.installation.endpoint("ingress"));
        let posted = self
            .http
            .post(url)
            .bearer_auth(self.installation.endpoint("token"))
            .json(order)
            .send()
            .await
            .unwrap();
        assert!(posted.status().is_success(), "{posted:?}");
    }

    pub(crate) async fn order_over_nats(&self, order: &Value) {
        let client = async_nats::connect(self.installation.nats.url())
            .await
            .unwrap();
        let jetstream = async_nats::jetstream::new(client);
        let team_id: Uuid = self.installation.endpoint("team_id").parse().unwrap();
        let subject = ingress::orders_in_subject(team_id);
        let published = jetstream.publish(subject, order.to_string().into()).await;
        published.unwrap().await.unwrap();
    }

    /// Drafts a broadcast to everyone in the shop, and confirms it once so many are in it.
    pub(crate) async fn broadcast(&self, people: &str) -> String {
        let draft = json!({
            "requestId": Uuid::new_v4(),
            "accountId": self.account,
            "name": "Spring",
            "messages": [{ "text": { "text": "Hello" } }],
        });
        let draft = self
            .until("BroadcastService/CreateBroadcast", draft, |_| true)
            .await;
        let id = text(&draft, "/broadcast/broadcastId");
        let preview = json!({ "broadcastId": id });
        let preview = self
            .until("BroadcastService/PreviewBroadcast", preview, |preview| {
                preview["included"] == people
            })
            .await;
        let confirm = json!({
            "broadcastId": id,
            "previewHash": preview["previewHash"],
            "requestId": Uuid::new_v4(),
        });
        self.must("BroadcastService/ConfirmBroadcast", confirm)
            .await;
        id
    }

    pub(crate) async fn done(&self, broadcast_id: &str) -> Value {
        let request = json!({ "broadcastId": broadcast_id });
        self.until("BroadcastService/GetBroadcast", request, |response| {
            response["broadcast"]["state"] == "BROADCAST_STATE_DONE"
        })
        .await
    }
}

pub(crate) fn text(answer: &Value, pointer: &str) -> String {
    let value = answer.pointer(pointer).and_then(Value::as_str);
    value
        .unwrap_or_else(|| panic!("no {pointer} in {answer}"))
        .to_owned()
}
