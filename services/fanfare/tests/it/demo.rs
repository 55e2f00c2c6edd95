use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
};

use chrono::DateTime;
use serde_json::Value;
use simulator::{Acted, Control};

use crate::reference::{Expected, expected};

/// The demo's page and number.
const PAGE_ID: &str = "104563289177201";
const PHONE_NUMBER_ID: &str = "106540352242922";

/// A demo that was left running. Ends when dropped.
struct Demo {
    process: Child,
    printed: Value,
    _dir: tempfile::TempDir,
}

impl Demo {
    fn run() -> Self {
        let dir = tempfile::tempdir().unwrap();
        share_tools(dir.path());
        let mut process = Command::new(env!("CARGO_BIN_EXE_fanfare"))
            .args(["demo", "--json", "--keep", "--dir"])
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let printed = serde_json::Deserializer::from_reader(stdout)
            .into_iter()
            .next();
        let Some(Ok(printed)) = printed else {
            let log = fs::read_to_string(dir.path().join("log/demo.log")).unwrap_or_default();
            panic!("the demo failed\n{log}");
        };
        Self {
            process,
            printed,
            _dir: dir,
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// So that nothing is fetched twice on one machine.
pub(crate) fn share_tools(dir: &Path) {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.fanfare");
    fs::create_dir_all(shared.join("tools")).unwrap();
    symlink(
        shared.canonicalize().unwrap().join("tools"),
        dir.join("tools"),
    )
    .unwrap();
}

fn number(report: &Value, field: &str) -> i64 {
    report[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {report}"))
        .parse()
        .unwrap()
}

/// What Meta's channels told is in the reports, and nobody is left between the numbers.
fn assert_told(printed: &Value, channel: &str, accepted: i64) {
    let reports = printed["reports"].as_array().unwrap();
    let report = reports.iter().find(|report| report["channel"] == channel);
    let report = report.unwrap_or_else(|| panic!("no report of {channel}"));
    let (sent, delivered) = (number(report, "sent"), number(report, "delivered"));
    let (open, read) = (number(report, "deliveryOpen"), number(report, "read"));
    assert_eq!(delivered + open, sent, "{report}");
    assert!(
        0 < read && read < delivered && delivered < accepted,
        "{report}"
    );
    let told_of = sent
        + report["failed"]
            .as_str()
            .map_or(0, |failed| failed.parse().unwrap());
    assert!(told_of >= accepted, "{report}");
}

#[tokio::test]
async fn the_demos_report_is_what_its_files_and_the_simulators_record_say() {
    let demo = tokio::task::spawn_blocking(Demo::run).await.unwrap();
    let report = &demo.printed["reports"][0];
    let control = Control::new(demo.printed["simulator"].as_str().unwrap()).unwrap();
    let received = control.deliveries("demo").await.unwrap();
    let acted: Acted = serde_json::from_value(demo.printed["clicked"].clone()).unwrap();
    let started_at =
        DateTime::parse_from_rfc3339(demo.printed["started_at"].as_str().unwrap()).unwrap();

    let expected = expected(&received, &acted, started_at.to_utc());
    let reported = Expected {
        audience: number(report, "audience"),
        blocked: number(report, "leftOut"),
        clicked: number(report, "clicked"),
        orders: number(report, "orders"),
        revenue_cents: number(&report["revenue"][0], "minorUnits"),
        cost_cents: number(&report["cost"], "minorUnits"),
        roas: report["roas"].as_str().unwrap().to_owned(),
    };
    assert_eq!(reported, expected);
    assert!(
        expected.orders > 0 && expected.blocked > 0,
        "the demo shows something: {expected:?}"
    );
    assert_eq!(number(report, "sent"), expected.audience);
    let ctr = report["ctr"].as_f64().unwrap();
    let exact = f64::from(i32::try_from(expected.clicked).unwrap())
        / f64::from(i32::try_from(expected.audience).unwrap());
    assert!((ctr - exact).abs() < 1e-9);
    // LINE tells neither, so neither is 0.
    assert!(report["delivered"].is_null() && report["read"].is_null());
    for (channel, accepted) in [
        (
            "CHANNEL_MESSENGER",
            control.page_totals(PAGE_ID).await.unwrap().accepted,
        ),
        (
            "CHANNEL_WHATSAPP",
            control
                .phone_totals(PHONE_NUMBER_ID)
                .await
                .unwrap()
                .accepted,
        ),
    ] {
        assert_told(&demo.printed, channel, i64::try_from(accepted).unwrap());
    }
}
