//! After a contact was deleted nothing of the person can be read any more: not in the servers' files,
//! not in what services log and trace, not by any RPC, and not by opening what is sealed.

use std::path::Path;

use event_sourcing::EventCodec as _;
use events::{ContactEvent, ContactsLogEvent, IngressLogEvent};
use serde_json::{Value, json};
use simulator::{ChannelSettings, Options, Simulator};
use sqlx::PgPool;
use test_support::eventually;
use tonic::Code;
use uuid::Uuid;
use vault::{MasterKey, Vault};

mod scan;
pub(crate) mod shop;
mod traces;

use self::{
    scan::Scanner,
    shop::{ACCESS_TOKEN, CHANNEL_SECRET, Shop, text},
    traces::Traces,
};
use crate::installation::Installation;

/// In everything that is text, in the external id, and in the telephone number.
const CANARIES: [&str; 3] = ["zwxq7canary", "decafbad7e57c0de", "900555142717"];
const EXTERNAL_ID: &str = "Udecafbad7e57c0dedecafbad7e57c0de";
/// Of somebody who is deleted with everyone who matches a filter.
const ANOTHER_ID: &str = "Udecafbad7e57c0deffffffffffffffff";
/// Who stays.
const OTHER_ID: &str = "U00000000000000000000000000000002";
/// Not personal, and written in the clear: what can be found is found.
const CONTROL: &str = "pjkv4control";
const DATABASES: [&str; 6] = [
    "contacts",
    "segmentation",
    "broadcast",
    "ingress",
    "reporting",
    "vault",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_deleted_person_can_be_read_anywhere() {
    let line = Simulator::start(Options::default()).await.unwrap();
    let settings = ChannelSettings {
        access_token: ACCESS_TOKEN.to_owned(),
        channel_secret: CHANNEL_SECRET.to_owned(),
        ..ChannelSettings::default()
    };
    let control = line.control().unwrap();
    control.set_channel("shop", &settings).await.unwrap();
    let traces = Traces::default();
    let installation = Installation::start_traced(&line.url(), Some(traces.collect().await)).await;
    let _broadcast = installation.spawn("broadcast");
    let delivery = installation.spawn("delivery");
    let shop = Shop::open(installation, CONTROL).await;

    let contact = plant(&shop).await;
    delete_matching(&shop).await;
    let sent = shop.broadcast("2").await;
    shop.done(&sent).await;
    // Nobody sends this one before the person is deleted.
    delivery.kill();
    let waiting = shop.broadcast("2").await;
    let pools = pools(&shop).await;
    frozen(&pools, &waiting).await;

    delete(&shop, &contact).await;
    let _delivery = shop.installation.spawn("delivery");
    shop.done(&waiting).await;
    everyone_has_an_outcome(&shop, &waiting).await;
    assert_eq!(
        control
            .deliveries("shop")
            .await
            .unwrap()
            .values()
            .sum::<u32>(),
        3,
        "two of the first broadcast, and one of the second"
    );

    no_rpc_tells(&shop, &contact, &[&sent, &waiting]).await;
    what_is_sealed_stays_so(&shop, &pools, &contact).await;
    no_file_has_it(&shop, &pools).await;
    no_trace_has_it(&traces).await;
}

/// Puts something personal into everything that takes it; returns the contact's id.
async fn plant(shop: &Shop) -> String {
    shop.import(&format!(
        "external_id,display_name,phone,email,member_no,tags\n\
         {EXTERNAL_ID},Name zwxq7canary,+886900555142717,Mail.zwxq7canary@mail.example,M-zwxq7canary,vip\n\
         {ANOTHER_ID},Other zwxq7canary,+886900555142717,Mail.zwxq7canary@mail.example,N-zwxq7canary,\n\
         {OTHER_ID},Somebody else,,,,vip\n"
    ))
    .await;
    let list = json!({ "accountId": shop.account });
    let listed = shop
        .until("contacts.v1.ContactsService/ListContacts", list, |page| {
            page["contacts"]
                .as_array()
                .is_some_and(|contacts| contacts.len() == 3)
        })
        .await;
    let contacts = listed["contacts"].as_array().unwrap();
    let contact = contacts
        .iter()
        .find(|contact| contact["externalId"] == EXTERNAL_ID);
    let contact = text(contact.unwrap(), "/contactId");

    let source = json!({ "type": "user", "userId": EXTERNAL_ID });
    let event = |kind: &str, id: u32, more: Value| {
        let mut event = json!({
            "type": kind, "webhookEventId": format!("event-{id}"), "mode": "active",
            "timestamp": 1_700_000_000_000_u64 + u64::from(id), "source": source,
        });
        event[kind] = more;
        event
    };
    let message = json!({ "type": "text", "text": "my secret zwxq7canary wish" });
    shop.webhook(&event("message", 1, message)).await;
    let postback = json!({ "data": "action=zwxq7canary" });
    shop.webhook(&event("postback", 2, postback)).await;
    let get = json!({ "contactId": contact });
    shop.until("ContactsService/GetContact", get, |got| {
        got["contact"]["lastInteractionAt"] == "2023-11-14T22:13:20.002Z"
    })
    .await;

    talk(shop, &contact).await;

    let order = |id: &str| {
        json!({
            "order_id": id, "placed_at": "2023-11-15T00:00:00Z", "currency": "TWD",
            "amount_minor": 100, "member_number": "M-zwxq7canary",
        })
    };
    shop.order_over_http(&order("1")).await;
    shop.order_over_nats(&order("2")).await;
    contact
}

/// By a job whose filter says the name.
async fn delete_matching(shop: &Shop) {
    let job_id = Uuid::new_v4();
    let request = json!({
        "jobId": job_id, "accountId": shop.account,
        "filter": { "name": { "value": "Other zwxq7canary" } },
        "delete": { "confirmation": "DELETE", "expectedContacts": "1" },
    });
    shop.must("JobsService/StartJob", request).await;
    let get = json!({ "jobId": job_id });
    shop.until("JobsService/GetJob", get, |got| {
        assert_ne!(got["job"]["state"], "JOB_STATE_FAILED", "{got}");
        got["job"]["state"] == "JOB_STATE_DONE"
    })
    .await;
}

/// What the team changes and notes, and reads again.
async fn talk(shop: &Shop, contact: &str) {
    let update = json!({
        "requestId": Uuid::new_v4(),
        "contact": {
            "contactId": contact, "displayName": "New zwxq7canary", "phone": "+886900555142717",
            "email": "other.zwxq7canary@mail.example", "memberNumber": "M-zwxq7canary",
        },
        "updateMask": "displayName,phone,email,memberNumber",
    });
    shop.must("ContactsService/UpdateContact", update).await;
    for (source, text) in [
        ("AGENT", "dear zwxq7canary"),
        ("CONTACT", "this is zwxq7canary"),
    ] {
        let message = json!({
            "requestId": Uuid::new_v4(), "contactId": contact, "text": text,
            "source": format!("MESSAGE_SOURCE_{source}"),
        });
        shop.must("ConversationService/RecordMessage", message)
            .await;
    }
    let list = json!({ "contactId": contact });
    let listed = shop
        .until("ConversationService/ListMessages", list, |listed| {
            listed["messages"]
                .as_array()
                .is_some_and(|messages| messages.len() == 4)
        })
        .await;
    assert_eq!(listed["messages"][0]["text"], "this is zwxq7canary");
}

async fn delete(shop: &Shop, contact: &str) {
    let request = |word: &str| json!({ "contactIds": [contact], "confirmation": word });
    let refused = shop
        .rpc("ContactsService/DeleteContacts", &[request("yes")])
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    let deleted = shop
        .must("ContactsService/DeleteContacts", request("DELETE"))
        .await;
    assert_eq!(deleted["deleted"], 1);
    let list = json!({ "accountId": shop.account });
    for rpc in [
        "contacts.v1.ContactsService/ListContacts",
        "segmentation.v1.SegmentationService/ListContacts",
    ] {
        shop.until(rpc, list.clone(), |page| page["total"] == "1")
            .await;
    }
}

/// A pool for each database, and the keys.
struct Pools {
    pools: Vec<PgPool>,
    vault: Vault,
}

impl Pools {
    fn of(&self, database: &str) -> &PgPool {
        let place = DATABASES.iter().position(|name| *name == database);
        &self.pools[place.unwrap()]
    }
}

async fn pools(shop: &Shop) -> Pools {
    let mut pools = Vec::new();
    for database in DATABASES {
        let url = shop.installation.postgres.url(database);
        pools.push(PgPool::connect(&url).await.unwrap());
    }
    let vault = Vault::new(pools[5].clone(), master_key());
    Pools { pools, vault }
}

fn master_key() -> MasterKey {
    MasterKey::load(&vault::VaultConfig {
        postgres: bootstrap::PostgresConfig {
            url: String::new().into(),
            max_connections: 1,
            acquire_timeout_seconds: 1,
        },
        master_key: Some(crate::installation::MASTER_KEY.into()),
        master_key_file: None,
    })
    .unwrap()
}

/// Waits until the broadcast could be sent.
async fn frozen(pools: &Pools, broadcast_id: &str) {
    let broadcast_id: Uuid = broadcast_id.parse().unwrap();
    eventually("the audience is frozen", async || {
        let ready =
            "SELECT count(*) FROM dispatch_chunks WHERE broadcast_id = $1 AND state = 'ready'";
        let ready = sqlx::query_scalar::<_, i64>(ready).bind(broadcast_id);
        (ready.fetch_one(pools.of("broadcast")).await.unwrap() == 1).then_some(())
    })
    .await;
}

async fn everyone_has_an_outcome(shop: &Shop, broadcast_id: &str) {
    let request = json!({ "broadcastId": broadcast_id });
    let report = shop
        .until("ReportingService/GetBroadcastReport", request, |response| {
            response["report"]["state"] == "DONE" && response["report"]["pending"].is_null()
        })
        .await;
    let report = &report["report"];
    assert_eq!(
        (&report["audience"], &report["sent"], &report["notSent"]),
        (&json!("2"), &json!("1"), &json!("1")),
        "{report}"
    );
}

/// Everything that a team can ask for and that may have named the person.
async fn no_rpc_tells(shop: &Shop, contact: &str, broadcasts: &[&str]) {
    let (account, contact) = (
        json!({ "accountId": shop.account }),
        json!({ "contactId": contact }),
    );
    let mut asked = vec![
        ("contacts.v1.ContactsService/ListContacts", account.clone()),
        ("ContactsService/GetContact", contact.clone()),
        ("ContactsService/ShowHistory", contact.clone()),
        ("ConversationService/ListMessages", contact.clone()),
        (
            "ConsentService/CheckConsent",
            json!({ "contacts": [contact, { "identity": {
                "accountId": shop.account, "externalId": EXTERNAL_ID,
            }}]}),
        ),
        ("segmentation.v1.SegmentationService/ListContacts", account),
        (
            "SegmentationService/ListContacts",
            json!({ "accountId": shop.account, "filterText": "status = all" }),
        ),
        (
            "SegmentationService/ExportContacts",
            json!({ "accountId": shop.account, "filterText": "status = all", "format": "EXPORT_FORMAT_JSONL" }),
        ),
        ("JobsService/ListJobs", json!({})),
        ("BroadcastService/ListBroadcasts", json!({})),
        ("ReportingService/ListBroadcastReports", json!({})),
    ];
    for broadcast in broadcasts {
        let broadcast = json!({ "broadcastId": broadcast });
        asked.push(("BroadcastService/GetBroadcast", broadcast.clone()));
        for status in ["SENT", "NOT_SENT"] {
            let mut of_status = broadcast.clone();
            of_status["status"] = json!(format!("RECIPIENT_STATUS_{status}"));
            asked.push(("ReportingService/ListRecipients", of_status));
        }
    }
    let scanner = Scanner::new(&CANARIES);
    let mut told = String::new();
    for (rpc, request) in asked {
        let answered = shop.rpc(rpc, &[request]).await;
        if let Err(error) = &answered {
            assert_eq!(error.code(), Code::NotFound, "{rpc}: {error}");
        }
        let answered = format!("{answered:?}");
        assert_eq!(
            scanner.of_bytes(answered.as_bytes()).len(),
            0,
            "{rpc}: {answered}"
        );
        told.push_str(&answered);
    }
    assert!(told.contains(OTHER_ID) && told.contains("Was deleted for good."));
}

/// What the logs have of the person, and the keys of which it would take one to open it.
async fn what_is_sealed_stays_so(shop: &Shop, pools: &Pools, contact: &str) {
    let contact_id: Uuid = contact.parse().unwrap();
    let team_id: Uuid = shop.installation.endpoint("team_id").parse().unwrap();
    let mut sealed = 0;
    for (event_type, payload) in log(pools.of("contacts")).await {
        if let Ok(ContactsLogEvent::Contact(ContactEvent::Interacted(event))) =
            ContactsLogEvent::decode(&event_type, &payload)
        {
            assert_eq!(events::id(&event.contact_id), contact_id);
            sealed += usize::from(!event.sealed_content.is_empty());
        }
    }
    assert_eq!(sealed, 3, "two messages and the postback");
    let kept = "SELECT count(*) FROM conversation_messages";
    let kept: i64 = sqlx::query_scalar(kept)
        .fetch_one(pools.of("contacts"))
        .await
        .unwrap();
    assert_eq!(kept, 0, "of a conversation nothing is kept");
    let keys = pools.vault.contact_keys(team_id, &[contact_id]).await;
    assert!(keys.unwrap().is_erased(contact_id));

    let mut senders = Vec::new();
    for (event_type, payload) in log(pools.of("ingress")).await {
        if let Ok(IngressLogEvent::WebhookReceived(webhook)) =
            IngressLogEvent::decode(&event_type, &payload)
        {
            senders.extend(events::ids(&webhook.sender_key_id));
        }
    }
    assert_eq!(senders.len(), 2);
    let keys = pools
        .vault
        .find_sender_keys(team_id, &senders)
        .await
        .unwrap();
    assert!(senders.iter().all(|sender| keys.is_erased(*sender)));
    // With the key of each broadcast its addresses are gone as well.
    let kept = "SELECT count(wrapped) FROM broadcast_keys";
    eventually("no broadcast has a key", async || {
        let kept: i64 = sqlx::query_scalar(kept)
            .fetch_one(pools.of("vault"))
            .await
            .unwrap();
        (kept == 0).then_some(())
    })
    .await;
}

async fn log(pool: &PgPool) -> Vec<(String, Vec<u8>)> {
    sqlx::query_as("SELECT event_type, payload FROM log_events")
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn no_file_has_it(shop: &Shop, pools: &Pools) {
    for pool in &pools.pools {
        sqlx::query("VACUUM").execute(pool).await.unwrap();
        sqlx::query("CHECKPOINT").execute(pool).await.unwrap();
    }
    let installation = &shop.installation;
    // The servers' own logs are beside what they keep.
    let postgres = installation.postgres.data_dir().parent().unwrap();
    let jetstream = installation.nats.store_dir().parent().unwrap();
    let folders: [&Path; 3] = [postgres, jetstream, installation.dir()];

    let control = Scanner::new(&[CONTROL, "DeleteContacts"]);
    for (folder, word) in folders.iter().zip([CONTROL, CONTROL, "DeleteContacts"]) {
        let expected = format!("{word} in UTF-8");
        eventually("what is in the clear is found", async || {
            let (found, _) = control.of_files(&[folder]);
            found
                .iter()
                .any(|found| found.starts_with(&expected))
                .then_some(())
        })
        .await;
    }
    let (found, looked_at) = Scanner::new(&CANARIES).of_files(&folders);
    assert!(found.is_empty(), "{found:#?}");
    assert!(
        looked_at > 50_000_000,
        "only {looked_at} bytes were there to look at"
    );
}

async fn no_trace_has_it(traces: &Traces) {
    eventually("the deletion is traced", async || {
        let control = Scanner::new(&["DeleteContacts"]);
        (!control.of_bytes(&traces.bytes()).is_empty()).then_some(())
    })
    .await;
    let bytes = traces.bytes();
    let scanner = Scanner::new(&CANARIES);
    let found = scanner.of_bytes(&bytes);
    assert!(found.is_empty(), "{found:?}");
}
