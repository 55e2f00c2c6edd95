//! Two teams whose people have the same ids in the channel: nothing of one is ever seen or touched
//! by the other, by any RPC that there is.

use std::{collections::BTreeMap, time::Duration};

use bootstrap::{AuthConfig, ClientAuth, issue_token};
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};
use simulator::{ChannelSettings, Options, PageSettings, Simulator, TemplateSettings};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    dynamic::{call, methods, name},
    installation::{AUTH_SECRET, Authorized, Installation},
};

mod requests;

use self::requests::{Ids, Kind, requests};

/// A person whom both teams know by the same id.
const EXTERNAL_ID: &str = "U05a99c00b975ff15c51fe48e9fac2f2a";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rpc_shows_or_changes_anything_of_another_team() {
    let line = Simulator::start(Options::default()).await.unwrap();
    let control = line.control().unwrap();
    for team in ["alice", "bob"] {
        let settings = ChannelSettings {
            access_token: format!("{team}-token"),
            channel_secret: format!("{team}-secret"),
            ..ChannelSettings::default()
        };
        control.set_channel(team, &settings).await.unwrap();
        let page = PageSettings {
            access_token: format!("{team}-token"),
            app_secret: format!("{team}-secret"),
            templates: vec![TemplateSettings {
                category: "UTILITY".to_owned(),
                ..TemplateSettings::marketing(&format!("{team}-shipped"), "en_US", "Shipped.")
            }],
            ..PageSettings::default()
        };
        control.set_page(page_id(team), &page).await.unwrap();
    }
    let installation = Installation::start(&line.url()).await;
    let _broadcast = installation.spawn("broadcast");
    let _delivery = installation.spawn("delivery");
    installation.listening("broadcast").await;

    let alice = Team::set_up(&installation, "alice").await;
    let bob = Team::set_up(&installation, "bob").await;
    let before = alice.everything().await;
    for method in methods() {
        bob.tries(&method, &alice, &before).await;
    }
    assert_eq!(
        alice.everything().await,
        before,
        "nothing of Alice's changed"
    );
}

#[test]
fn every_rpc_is_tried() {
    let ids = Ids::default();
    let missing: Vec<String> = methods()
        .iter()
        .map(name)
        .filter(|method| requests(method, &ids).is_none())
        .collect();
    assert!(
        missing.is_empty(),
        "say in requests.rs how to try {missing:?}"
    );
}

/// A team with one of everything.
struct Team {
    word: &'static str,
    channels: BTreeMap<&'static str, Authorized>,
    ids: Ids,
}

impl Team {
    async fn set_up(installation: &Installation, word: &'static str) -> Self {
        let secret = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        let token = issue_token(&secret, Uuid::new_v4(), word);
        let auth = ClientAuth::from_token(&token).unwrap();
        let channels = [
            "contacts",
            "segmentation",
            "broadcast",
            "reporting",
            "ingress",
        ]
        .into_iter()
        .map(|service| {
            let channel = installation.channel(service);
            let intercepted = Authorized::new(channel, auth.clone());
            (service, intercepted)
        })
        .collect();
        let mut team = Self {
            word,
            channels,
            ids: Ids {
                word,
                external: EXTERNAL_ID.to_owned(),
                ..Ids::default()
            },
        };
        team.fill().await;
        team
    }

    /// Makes one of everything, and notes its id.
    async fn fill(&mut self) {
        let connected = self.must("AccountsService/ConnectAccount").await;
        self.ids.account = text(&connected, "/0/account/accountId");
        self.eventually("AccountsService/ListAccounts", "/0/accounts/0/accountId")
            .await;
        self.connect_page().await;
        self.must("ContactsService/ImportContacts").await;
        let listed = self
            .eventually(
                "SegmentationService/ListContacts",
                "/0/contacts/0/contactId",
            )
            .await;
        self.ids.contact = text(&listed, "/0/contacts/0/contactId");
        self.must("ConversationService/RecordMessage").await;
        self.eventually("ConversationService/ListMessages", "/0/messages/0")
            .await;
        let tags = self
            .eventually("SegmentationService/ListTags", "/0/tags/0/tagId")
            .await;
        self.ids.tag = text(&tags, "/0/tags/0/tagId");
        self.ids.segment = Uuid::new_v4().to_string();
        self.must("SegmentsService/SaveSegment").await;
        self.ids.job = Uuid::new_v4().to_string();
        self.must("JobsService/StartJob").await;
        let created = self.must("BroadcastService/CreateBroadcast").await;
        self.ids.broadcast = text(&created, "/0/broadcast/broadcastId");
        self.eventually(
            "ReportingService/ListBroadcastReports",
            "/0/reports/0/broadcastId",
        )
        .await;
        self.eventually("SegmentsService/ListSegments", "/0/segments/0/segmentId")
            .await;
    }

    /// A second account, whose channel has templates.
    async fn connect_page(&mut self) {
        let (method, _) = self.prepared("AccountsService/ConnectAccount");
        let request = json!({
            "requestId": Uuid::new_v4().to_string(),
            "channel": "CHANNEL_MESSENGER",
            "name": format!("{}'s page", self.word),
            "country": "TW",
            "channelAccountId": page_id(self.word),
            "credentials": { "messenger": {
                "accessToken": format!("{}-token", self.word),
                "appSecret": format!("{}-secret", self.word),
                "verifyToken": format!("{}-verify", self.word),
            } },
        });
        let connected = call(self.channel(&name(&method)), &method, &[request]).await;
        self.ids.page = text(&connected.unwrap(), "/0/account/accountId");
        self.eventually("TemplatesService/ListTemplates", "/0/templates/0/name")
            .await;
    }

    /// All that the team can read, by RPC.
    async fn everything(&self) -> BTreeMap<String, Vec<Value>> {
        let mut all = BTreeMap::new();
        for method in methods() {
            let rpc = name(&method);
            if let Some((Kind::Read, requests)) = requests(&rpc, &self.ids) {
                let read = call(self.channel(&rpc), &method, &requests).await;
                let read =
                    read.unwrap_or_else(|error| panic!("{} reads {rpc}: {error}", self.word));
                all.insert(rpc, read);
            }
        }
        all
    }

    /// Calls an RPC with the other team's ids.
    async fn tries(
        &self,
        method: &MethodDescriptor,
        other: &Self,
        others: &BTreeMap<String, Vec<Value>>,
    ) {
        let rpc = name(method);
        let ids = Ids {
            word: self.word,
            ..other.ids.clone()
        };
        let (kind, requests) = requests(&rpc, &ids).unwrap();
        let tried = call(self.channel(&rpc), method, &requests).await;
        match kind {
            Kind::Services => {
                let code = tried.map_err(|status| status.code());
                assert_eq!(
                    code,
                    Err(Code::PermissionDenied),
                    "{rpc} is for services only"
                );
            }
            Kind::Read | Kind::Change => {
                let seen = seen(&tried);
                let secrets = [format!("{}-", other.word), format!("{}'s", other.word)];
                for secret in secrets {
                    assert!(!seen.contains(&secret), "{rpc} shows {secret}: {seen}");
                }
                if let Ok(answers) = &tried {
                    let ids = [&other.ids.contact, &other.ids.tag];
                    let shown = serde_json::to_string(answers).unwrap();
                    for id in ids {
                        assert!(!shown.contains(id.as_str()), "{rpc} shows {id}: {shown}");
                    }
                }
                // What is tried shows something to whom it belongs, or the trial shows nothing.
                if let (Kind::Read, Some(own)) = (kind, others.get(&rpc)) {
                    assert_ne!(tried.ok().as_ref(), Some(own), "{rpc}");
                }
            }
        }
    }

    async fn must(&self, rpc: &str) -> Vec<Value> {
        let (method, requests) = self.prepared(rpc);
        call(self.channel(&name(&method)), &method, &requests)
            .await
            .unwrap_or_else(|error| panic!("{} calls {rpc}: {error}", self.word))
    }

    /// Reads until there is something at `pointer`.
    async fn eventually(&self, rpc: &str, pointer: &str) -> Vec<Value> {
        let (method, requests) = self.prepared(rpc);
        for _ in 0..200 {
            let read = call(self.channel(&name(&method)), &method, &requests).await;
            if let Ok(read) = read
                && json!(read).pointer(pointer).is_some()
            {
                return read;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} never sees {pointer} of {rpc}", self.word)
    }

    fn prepared(&self, rpc: &str) -> (MethodDescriptor, Vec<Value>) {
        let method = methods()
            .into_iter()
            .find(|method| name(method).ends_with(rpc));
        let method = method.unwrap();
        let (_, requests) = requests(&name(&method), &self.ids).unwrap();
        (method, requests)
    }

    fn channel(&self, rpc: &str) -> Authorized {
        let service = rpc.split('.').nth(1).unwrap();
        // The logs' own RPCs are with every service.
        let service = if service == "log" {
            "contacts"
        } else {
            service
        };
        self.channels[service].clone()
    }
}

/// Meta's own id of a team's page.
fn page_id(team: &str) -> &'static str {
    if team == "alice" { "1091" } else { "1092" }
}

/// All that an answer says, refusals included.
fn seen(tried: &Result<Vec<Value>, Status>) -> String {
    match tried {
        Ok(answers) => serde_json::to_string(answers).unwrap(),
        Err(status) => format!("{status:?} {:?}", String::from_utf8_lossy(status.details())),
    }
}

fn text(answers: &[Value], pointer: &str) -> String {
    let answers = json!(answers);
    let value = answers.pointer(pointer).and_then(Value::as_str);
    value
        .unwrap_or_else(|| panic!("no {pointer} in {answers}"))
        .to_owned()
}
