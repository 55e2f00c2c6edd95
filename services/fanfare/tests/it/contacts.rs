//! Each way of changing contacts, seen where people look afterwards: totals, filters, history, and the
//! command line.

use serde_json::{Value, json};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    erasure::shop::{Shop, text},
    installation::Installation,
};

const PEOPLE: [(&str, &str); 3] = [
    ("U000000000000000000000000000000a1", "Mei"),
    ("U000000000000000000000000000000b2", "Ya"),
    ("U000000000000000000000000000000c3", "Lin"),
];
const ALL: [&str; 3] = [
    "PURPOSE_BROADCASTS",
    "PURPOSE_SITE_MARKETING",
    "PURPOSE_CART_REMARKETING",
];

/// A shop with three people, the first two of them tagged "vip".
struct Desk {
    shop: Shop,
    ids: [String; 3],
    /// Of the latest command.
    token: String,
}

impl Desk {
    async fn open() -> Self {
        let installation = Installation::start("http://127.0.0.1:9").await;
        let shop = Shop::open(installation, "Shop").await;
        let mut file = "external_id,display_name,tags\n".to_owned();
        for ((external_id, name), tags) in PEOPLE.iter().zip(["vip", "vip", ""]) {
            file.extend([external_id, ",", name, ",", tags, "\n"]);
        }
        shop.import(&file).await;
        let listed = shop
            .until(
                "segmentation.v1.SegmentationService/ListContacts",
                json!({}),
                |page| page["total"] == "3",
            )
            .await;
        let contacts = listed["contacts"].as_array().unwrap();
        let ids = PEOPLE.map(|(external_id, _)| {
            let contact = contacts.iter().find(|c| c["externalId"] == external_id);
            text(contact.unwrap(), "/contactId")
        });
        Self {
            shop,
            ids,
            token: String::new(),
        }
    }

    /// Carries a command out.
    async fn does(&mut self, rpc: &str, mut request: Value) -> Value {
        if let Some(fields) = request.as_object_mut() {
            let takes_id = !rpc.ends_with("Site") && !rpc.ends_with("Tag");
            if takes_id && !rpc.ends_with("DeleteContacts") {
                fields.insert("requestId".to_owned(), json!(Uuid::new_v4()));
            }
        }
        let answer = self.shop.must(rpc, request).await;
        self.token = text(&answer, "/consistencyToken");
        answer
    }

    async fn ask(&self, rpc: &str, mut request: Value) -> Result<Value, Status> {
        request["consistencyToken"] = json!(self.token);
        let answers = self.shop.rpc(rpc, &[request]).await?;
        Ok(answers[0].clone())
    }

    /// Contacts, effective, unsubscribed and blocked, at once after the latest command.
    async fn totals(&self) -> [i64; 4] {
        let totals = self.ask("SegmentationService/GetTotals", json!({})).await;
        numbers(&totals.unwrap())
    }

    /// After something from outside, which has no token.
    async fn totals_become(&self, expected: [i64; 4]) {
        self.shop
            .until("SegmentationService/GetTotals", json!({}), |totals| {
                numbers(totals) == expected
            })
            .await;
    }

    async fn count(&self, filter: &str) -> Result<i64, Status> {
        let request = json!({ "filterText": filter });
        let counted = self
            .ask("SegmentationService/CountContacts", request)
            .await?;
        Ok(number(&counted["matching"]))
    }

    async fn tag_id(&self, name: &str) -> Option<String> {
        let tags = self.ask("SegmentationService/ListTags", json!({})).await;
        let tags = tags.unwrap();
        let tag = tags["tags"]
            .as_array()?
            .iter()
            .find(|t| t["name"] == name)?;
        Some(text(tag, "/tagId"))
    }

    /// A webhook about the person at this place.
    async fn webhook(&self, kind: &str, person: usize, at: u64, more: Value) {
        let mut event = json!({
            "type": kind, "webhookEventId": Uuid::new_v4(), "mode": "active",
            "timestamp": 1_700_000_000_000_u64 + at,
            "source": { "type": "user", "userId": PEOPLE[person].0 },
        });
        event[kind] = more;
        self.shop.webhook(&event).await;
    }

    /// What happened to the person at this place, the first first.
    async fn history(&self, person: usize) -> Vec<(String, String)> {
        let request = json!({ "contactId": self.ids[person] });
        let history = self.ask("ContactsService/ShowHistory", request).await;
        let history = history.unwrap();
        let entries = history["entries"].as_array().unwrap().iter().rev();
        entries
            .map(|entry| (text(entry, "/actor"), text(entry, "/description")))
            .collect()
    }

    fn said(&self, arguments: &[&str]) -> String {
        let output = self.shop.installation.fanfare(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.shop.installation.fanfare(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// A command that only looks, until it says so.
    async fn until_said(&self, arguments: &[&str], words: &str) -> String {
        test_support::eventually("the command says so", async || {
            let output = self.shop.installation.fanfare(arguments);
            let said = String::from_utf8(output.stdout).unwrap();
            said.contains(words).then_some(said)
        })
        .await
    }
}

fn number(value: &Value) -> i64 {
    value.as_str().map_or(0, |number| number.parse().unwrap())
}

fn numbers(totals: &Value) -> [i64; 4] {
    ["contacts", "effective", "unsubscribed", "blocked"].map(|field| number(&totals["all"][field]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_renamed_and_deleted_for_filters_at_once() {
    let mut desk = Desk::open().await;
    let [mei, ya, lin] = desk.ids.clone();
    let gold = json!({ "contactIds": [mei, lin], "addTags": ["gold"], "removeTags": ["unheard"] });
    desk.does("TagsService/TagContacts", gold).await;
    assert_eq!(desk.count("tag:gold").await.unwrap(), 2);
    assert_eq!(desk.count("tag:gold AND NOT tag:vip").await.unwrap(), 1);

    let vip = desk.tag_id("vip").await.unwrap();
    let renamed = json!({ "tagId": vip, "name": "VVIP" });
    desk.does("TagsService/RenameTag", renamed).await;
    assert_eq!(desk.count("tag:VVIP").await.unwrap(), 2);
    let old = desk.count("tag:vip").await.unwrap_err();
    assert_eq!(old.code(), Code::InvalidArgument);
    assert!(old.message().contains("there is no tag \"vip\""), "{old}");
    // Another tag of the old name is nobody's.
    let created = desk
        .does("TagsService/CreateTag", json!({ "name": "vip" }))
        .await;
    assert_ne!(text(&created, "/tag/tagId"), vip);
    assert_eq!(desk.count("tag:vip").await.unwrap(), 0);

    let removed = json!({ "contactIds": [ya], "removeTags": ["VVIP"] });
    desk.does("TagsService/TagContacts", removed).await;
    assert_eq!(desk.count("tag:VVIP").await.unwrap(), 1);
    let gold = desk.tag_id("gold").await.unwrap();
    desk.does("TagsService/DeleteTag", json!({ "tagId": gold }))
        .await;
    let deleted = desk.count("tag:gold").await.unwrap_err();
    assert_eq!(deleted.code(), Code::InvalidArgument);
    assert_eq!(desk.tag_id("gold").await, None);
    assert_eq!(desk.totals().await, [3, 3, 0, 0]);
    let told: Vec<String> = desk.history(0).await.into_iter().map(|(_, d)| d).collect();
    assert!(told[0].ends_with("with tags \"VVIP\"."), "{told:?}");
    assert_eq!(told[1..], ["Was tagged a deleted tag."]);
    let ya = desk.history(1).await;
    assert_eq!(ya[1].1, "Lost tags \"VVIP\".");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn effective_contacts_follow_every_opt_out_and_opt_in() {
    let mut desk = Desk::open().await;
    let [mei, ya, lin] = desk.ids.clone();
    let consent = |contact: &str, purposes: &[&str], opted_out: bool| json!({ "contactIds": [contact], "purposes": purposes, "optedOut": opted_out });
    let change = "ConsentService/ChangeConsent";
    desk.does(change, consent(&mei, &ALL[..1], true)).await;
    assert_eq!(desk.totals().await, [3, 2, 1, 0]);
    desk.does(change, consent(&ya, &ALL[1..], true)).await;
    assert_eq!(desk.totals().await, [3, 2, 1, 0], "not from broadcasts");
    desk.does(change, consent(&mei, &ALL[..1], false)).await;
    assert_eq!(desk.totals().await, [3, 3, 0, 0]);

    let stop = json!({ "type": "text", "text": "退訂" });
    desk.webhook("message", 1, 1, stop).await;
    desk.totals_become([3, 2, 1, 0]).await;
    desk.webhook("unfollow", 2, 2, json!({})).await;
    desk.totals_become([3, 1, 1, 1]).await;
    for (whom, words) in [
        (&ya, "only opt in in person"),
        (&lin, "only take that back"),
    ] {
        let mut back = consent(whom, &ALL, false);
        back["requestId"] = json!(Uuid::new_v4());
        let refused = desk.shop.rpc(change, &[back]).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains(words), "{refused}");
    }
    assert_eq!(desk.totals().await, [3, 1, 1, 1]);
    desk.webhook("follow", 2, 3, json!({ "isUnblocked": true }))
        .await;
    desk.totals_become([3, 2, 1, 0]).await;

    // What another system heard counts like what the channel reported.
    let heard = json!({ "contactId": mei, "source": "MESSAGE_SOURCE_CONTACT", "text": "STOP" });
    desk.does("ConversationService/RecordMessage", heard).await;
    assert_eq!(desk.totals().await, [3, 1, 2, 0]);
    let asked = json!({ "contacts": [{ "contactId": mei }, { "contactId": lin }] });
    let checked = desk.ask("ConsentService/CheckConsent", asked).await;
    let checked = checked.unwrap();
    let allowed = |contact: usize, purpose: usize| {
        checked["contacts"][contact]["purposes"][purpose]["allowed"] == true
    };
    assert!((0..3).all(|purpose| !allowed(0, purpose) && allowed(1, purpose)));

    let everything = "broadcasts, marketing on the site, reminders of carts";
    let told = desk.history(0).await;
    let told: Vec<(&str, &str)> = told.iter().map(|(a, d)| (a.as_str(), d.as_str())).collect();
    let out_by_word = format!("Opted out of {everything}, by a word in a message.");
    assert_eq!(told[1].1, "Was opted out of broadcasts by the team.");
    assert_eq!(told[2].1, "Was opted in again to broadcasts by the team.");
    assert_eq!(
        told[3..],
        [
            ("the person", "Wrote a message."),
            ("the person", out_by_word.as_str())
        ]
    );
    assert_ne!(told[1].0, "the person");
    let lin_s = desk.history(2).await;
    assert_eq!(lin_s[1].1, "Blocked the account.");
    assert_eq!(lin_s[2].1, "Took back a block of the account.");

    let deleted = json!({ "contactIds": [mei], "confirmation": "DELETE" });
    desk.does("ContactsService/DeleteContacts", deleted).await;
    assert_eq!(desk.totals().await, [2, 1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_follow_names_and_browsers() {
    let mut desk = Desk::open().await;
    let [mei, _, _] = desk.ids.clone();
    let update = json!({
        "contact": { "contactId": mei, "displayName": "王小美", "phone": "+886 912 345 678" },
        "updateMask": "displayName,phone",
    });
    let updated = desk.does("ContactsService/UpdateContact", update).await;
    assert_eq!(desk.count("name = \"王小美\"").await.unwrap(), 1);
    assert_eq!(desk.count("name : 小").await.unwrap(), 1);
    assert_eq!(desk.count("name = Mei").await.unwrap(), 0);
    assert_eq!(desk.count("phone = \"+886912345678\"").await.unwrap(), 1);
    let stale = json!({
        "requestId": Uuid::new_v4(),
        "contact": { "contactId": mei, "displayName": "Mei", "etag": "of long ago" },
        "updateMask": "displayName",
    });
    let stale = desk
        .shop
        .rpc("ContactsService/UpdateContact", &[stale])
        .await;
    assert_eq!(stale.unwrap_err().code(), Code::Aborted);
    assert_ne!(text(&updated, "/contact/etag"), "");

    let bind = json!({ "contactId": mei, "visitorId": Uuid::new_v4() });
    desk.does("ContactsService/BindSite", bind).await;
    assert_eq!(desk.count("site_bound = true").await.unwrap(), 1);
    desk.does("ContactsService/UnbindSite", json!({ "contactId": mei }))
        .await;
    assert_eq!(desk.count("site_bound = true").await.unwrap(), 0);
    let told: Vec<String> = desk.history(0).await.into_iter().map(|(_, d)| d).collect();
    assert_eq!(
        told[1..],
        [
            "The profile was changed.",
            "A browser of the shop's site was tied to it.",
            "Every browser of it was forgotten."
        ]
    );
    assert_eq!(desk.totals().await, [3, 3, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_are_changed_by_command() {
    let desk = Desk::open().await;
    let [mei, ya, _] = &desk.ids;
    desk.said(&["tag", "add", "--tag", "gold", "--tag", "taipei", mei, ya]);
    desk.until_said(&["tag", "list"], "taipei").await;
    assert!(
        desk.said(&["tag", "rename", "taipei", "台北"])
            .contains("台北")
    );
    let shown = desk.until_said(&["contact", "show", mei], "台北").await;
    assert!(shown.contains("gold"), "{shown}");
    desk.said(&["tag", "remove", "--tag", "gold", ya]);
    desk.said(&["tag", "delete", "gold"]);
    let unknown = desk.refused(&["tag", "delete", "unheard"]);
    assert!(unknown.contains("fanfare tag list"), "{unknown}");
    let taken = desk.refused(&["tag", "create", "vip"]);
    assert!(taken.contains("there is a tag of this name"), "{taken}");

    desk.said(&[
        "contact", "update", mei, "--name", "Chen Mei", "--phone", "0912",
    ]);
    let nothing = desk.refused(&["contact", "update", mei]);
    assert!(nothing.contains("--name"), "{nothing}");
    let stale = ["contact", "update", mei, "--name", "x", "--etag", "y"];
    assert!(desk.refused(&stale).contains("read it again"));
    desk.until_said(&["contact", "show", mei], "Chen Mei").await;

    desk.said(&[
        "contact",
        "unsubscribe",
        mei,
        "--purpose",
        "cart-remarketing",
    ]);
    let check = ["contact", "check", mei, "--external-id", PEOPLE[1].0];
    let checked = desk.until_said(&check, "no: opted out by team").await;
    assert_eq!(checked.matches("yes").count(), 5, "{checked}");
    desk.said(&[
        "contact",
        "resubscribe",
        mei,
        "--purpose",
        "cart-remarketing",
    ]);

    let visitor = Uuid::new_v4().to_string();
    desk.said(&["contact", "bind", mei, &visitor]);
    desk.until_said(&["contact", "show", mei], "bound").await;
    desk.said(&["contact", "unbind", mei]);
    desk.said(&["contact", "record", mei, "--text", "on its way"]);
    let heard = [
        "contact", "record", mei, "--text", "thanks", "--from", "contact",
    ];
    desk.said(&heard);
    let messages = desk
        .until_said(&["contact", "messages", mei], "thanks")
        .await;
    assert!(messages.contains("on its way"), "{messages}");
    let history = desk.said(&["contact", "history", mei]);
    assert!(history.contains("by a member of the team"), "{history}");
}
