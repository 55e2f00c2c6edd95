//! What people do with files and with everyone who matches a filter at the command line.

use std::{fmt::Write as _, fs};

use serde_json::Value;
use test_support::eventually;
use uuid::Uuid;

use crate::{
    counts::Shop,
    installation::Installation,
    segments::{json, refused, said},
};

/// As Excel for Traditional Chinese saves it: 12 people tagged `old`, 8 tagged `new`, and one whose
/// telephone number is too long.
fn people() -> Vec<u8> {
    let mut file = "LINE ID;姓名;電話;標籤\r\n".to_owned();
    for person in 0..20 {
        let tag = if person < 12 { "old" } else { "new" };
        write!(file, "U{person:032x};Person {person};;{tag}\r\n").unwrap();
    }
    write!(file, "U{:032x};Mei;{};x\r\n", 99, "9".repeat(100)).unwrap();
    let (big5, _, unmappable) = encoding_rs::BIG5.encode(&file);
    assert!(!unmappable);
    big5.into_owned()
}

fn import(account: &str) -> Vec<&str> {
    let mut command = vec!["contact", "import", "people.csv", "--account", account];
    for mapped in [
        "LINE ID=external_id",
        "姓名=display_name",
        "電話=phone",
        "標籤=tags",
    ] {
        command.extend(["--map", mapped]);
    }
    command
}

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_from_excel_is_tried_and_then_imported() {
    let installation = Installation::start("http://127.0.0.1:9").await;
    let account = Shop::of(&installation).connect("line").await;
    fs::write(installation.path("people.csv"), people()).unwrap();
    let import = import(&account);

    // Reading it fails, as it does on a network share that is gone.
    fs::create_dir(installation.path("gone.csv")).unwrap();
    let gone = ["contact", "import", "gone.csv", "--account", &account];
    let broken = refused(&installation, &gone);
    assert!(
        broken.contains("cannot read gone.csv") && broken.contains("--job"),
        "{broken}"
    );

    let dry = said(&installation, &with(&import, &["--dry-run"]));
    assert!(
        dry.contains("20 added") && dry.contains("1 refused"),
        "{dry}"
    );
    assert!(dry.contains("line 22, 電話: TOO_LONG"), "{dry}");
    let report = ["--report", "refused.csv"];
    let done = said(&installation, &with(&import, &report));
    assert!(done.contains("20 added"), "the dry run did that: {done}");
    let report = fs::read_to_string(installation.path("refused.csv")).unwrap();
    assert!(report.contains("22,電話,TOO_LONG"), "{report}");

    let job_id = Uuid::new_v4().to_string();
    let named = with(&import, &["--job", &job_id]);
    for _ in 0..2 {
        let again = said(&installation, &named);
        assert!(again.contains("20 unchanged"), "{again}");
    }
    let other = refused(&installation, &with(&named, &["--replace-tags"]));
    assert!(other.contains("use a new one"), "{other}");
    let watched = said(&installation, &["job", "watch", &job_id]);
    assert!(watched.contains("import"), "{watched}");
    let ended = refused(&installation, &["job", "cancel", &job_id]);
    assert!(ended.contains("has ended"), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_who_matches_is_tagged_opted_out_and_deleted() {
    let installation = Installation::start("http://127.0.0.1:9").await;
    let account = Shop::of(&installation).connect("line").await;
    fs::write(installation.path("people.csv"), people()).unwrap();
    said(&installation, &import(&account));
    let filter = ["--filter", "tag:old", "--account", &account];

    let unsaid = refused(&installation, &["contact", "tag", "--add", "vip"]);
    assert!(unsaid.contains("say whom"), "{unsaid}");
    let tag = with(&["contact", "tag", "--add", "vip"], &filter);
    let tagged = json(&installation, &tag);
    assert_eq!(tagged["state"], "JOB_STATE_DONE");
    assert_eq!(tagged["processed"], "12");
    settles(&installation, "tag:vip", "12").await;
    let consent = with(&["contacts", "consent", "--out"], &filter);
    assert!(said(&installation, &consent).contains("done"));
    settles(&installation, "status = unsubscribed", "12").await;

    let delete = with(&["contact", "delete"], &filter);
    let asked = refused(&installation, &delete);
    assert!(asked.contains("12 contacts match"), "{asked}");
    assert!(asked.contains("--expect 12 --confirm DELETE"), "{asked}");
    let wrong = ["--expect", "11", "--confirm", "DELETE"];
    let wrong = refused(&installation, &with(&delete, &wrong));
    assert!(wrong.contains("nobody was deleted"), "{wrong}");
    let unsure = ["--expect", "12", "--confirm", "yes"];
    let unsure = refused(&installation, &with(&delete, &unsure));
    assert!(unsure.contains("type the word DELETE"), "{unsure}");
    settles(&installation, "status = all", "20").await;
    let sure = ["--expect", "12", "--confirm", "DELETE"];
    assert!(said(&installation, &with(&delete, &sure)).contains("done"));
    settles(&installation, "status = all", "8").await;

    let listed = json(&installation, &["jobs", "list", "--limit", "3"]);
    let listed = listed["jobs"].as_array().unwrap();
    let kinds: Vec<&Value> = listed.iter().map(|job| &job["kind"]).collect();
    assert_eq!(
        kinds,
        ["JOB_KIND_DELETE", "JOB_KIND_DELETE", "JOB_KIND_CONSENT"]
    );
}

/// Waits until segmentation counts what a job did.
async fn settles(installation: &Installation, filter: &str, expected: &str) {
    eventually("segmentation has it", async || {
        let counted = installation.fanfare(&["segment", "count", "--json", "--filter", filter]);
        // A tag that was created just now is not known yet.
        let counted: Value = serde_json::from_slice(&counted.stdout).ok()?;
        (counted["matching"] == expected).then_some(())
    })
    .await;
}
