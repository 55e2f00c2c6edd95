//! What people do with segments at the command line.

use serde_json::Value;
use test_support::eventually;

use crate::{counts::Shop, installation::Installation};

/// What a command that succeeds prints.
pub(crate) fn said(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.fanfare(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(installation: &Installation, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&said(installation, &arguments)).unwrap()
}

pub(crate) fn refused(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.fanfare(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_is_saved_counted_exported_and_imported_again() {
    let installation = Installation::start("http://127.0.0.1:9").await;
    let _broadcast = installation.spawn("broadcast");
    installation.listening("broadcast").await;
    let mut shop = Shop::of(&installation);
    let account = shop.connect("line").await;
    shop.import(&account).await;
    let repeat = shop.count("", "tag:repeat").await;
    let not_vip = shop.count("", "tag:repeat AND NOT tag:vip").await;
    assert!(0 < not_vip && not_vip < repeat);

    let filter = ["--filter", "tag:repeat", "--not-tag", "vip"];
    let save = [&["segment", "save", "Repeat"], filter.as_slice()].concat();
    let saved = said(&installation, &save);
    assert!(saved.contains("tag:repeat AND NOT tag:vip"), "{saved}");
    assert!(refused(&installation, &save).contains("--replace"));
    let count = ["segment", "count", "--segment", "Repeat"];
    let counted = json(&installation, &count);
    assert_eq!(counted["matching"], not_vip.to_string());

    let replace = ["segment", "save", "Repeat", "--tag", "repeat", "--replace"];
    assert!(said(&installation, &replace).contains("version 2"));
    assert_eq!(json(&installation, &count)["matching"], repeat.to_string());
    let first = ["segment", "show", "Repeat", "--at-version", "1"];
    assert!(said(&installation, &first).contains("NOT tag:vip"));

    let draft = ["broadcast", "create", "--name", "Spring", "--text", "New"];
    let account_and_segment = ["--account", &account, "--segment", "Repeat"];
    let for_segment = [&draft[..], &account_and_segment].concat();
    let drafted = eventually("broadcast knows the account", async || {
        let output = installation.fanfare(&for_segment);
        let said = String::from_utf8(output.stdout).unwrap();
        output.status.success().then_some(said)
    })
    .await;
    assert!(
        drafted.contains("for Repeat, version 2: tag:repeat"),
        "{drafted}"
    );
    let both = [&draft[..], &account_and_segment, &["--tag", "vip"]].concat();
    assert!(refused(&installation, &both).contains("cannot be used with"));

    let exported = ["segment", "export", "repeat.csv", "--segment", "Repeat"];
    assert_eq!(json(&installation, &exported)["rows"], repeat.to_string());
    assert!(installation.path("repeat.csv").exists());
    assert!(!installation.path("repeat.csv.part").exists());
    let again = ["contact", "import", "repeat.csv", "--account", &account];
    let again = json(&installation, &again);
    assert_eq!(again["done"]["counts"]["unchanged"], repeat.to_string());

    // Their external ids begin with a +, as formulas do.
    let whatsapp = shop.connect("whatsapp").await;
    shop.import(&whatsapp).await;
    let people = shop.count(&whatsapp, "").await;
    let exported = ["segment", "export", "w.csv", "--account", &whatsapp];
    assert_eq!(json(&installation, &exported)["rows"], people.to_string());
    let again = ["contact", "import", "w.csv", "--account", &whatsapp];
    let again = json(&installation, &again);
    assert_eq!(again["done"]["counts"]["unchanged"], people.to_string());

    said(&installation, &["segment", "delete", "Repeat"]);
    assert!(refused(&installation, &count).contains("there is no segment"));
    let totals = json(&installation, &["segment", "totals"]);
    assert_eq!(totals["all"]["effective"], totals["all"]["contacts"]);
    assert!(said(&installation, &["segment", "tags"]).contains("repeat"));
}
