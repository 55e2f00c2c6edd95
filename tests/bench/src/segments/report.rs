use serde::Serialize;

use crate::{
    latency::Latency,
    machine::Machine,
    output::{aim, table, whole},
};

const IMPORT_AIM: f64 = 50_000.0;
const P50_AIM_MS: f64 = 20.0;
const STALE_AIM_MS: f64 = 1_000.0;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) contacts: u32,
    pub(super) import_seconds: f64,
    pub(super) names_opened_seconds: f64,
    pub(super) updates_per_second: f64,
    pub(super) stale: Latency,
    pub(super) questions: Vec<Answered>,
    pub(super) memory_bytes: u64,
}

/// Count and first page.
#[derive(Debug, Serialize)]
pub(super) struct Answered {
    pub(super) question: &'static str,
    pub(super) matching: i64,
    pub(super) alone: Latency,
    /// With interactions going on.
    pub(super) meanwhile: Latency,
    pub(super) sql: Option<Latency>,
}

impl Report {
    pub(super) fn text(&self) -> String {
        let mut answers = table([
            "count + page",
            "matching",
            "p50 ms",
            "p99 ms",
            "live p50",
            "live p99",
            "SQL p50",
            "SQL p99",
            "aim",
        ]);
        for of in &self.questions {
            let [p50, p99] = ms(Some(of.alone));
            let [live_p50, live_p99] = ms(Some(of.meanwhile));
            let [sql_p50, sql_p99] = ms(of.sql);
            let met = of.alone.p50_ms < P50_AIM_MS;
            answers.add_row([
                of.question.to_owned(),
                of.matching.to_string(),
                p50,
                p99,
                live_p50,
                live_p99,
                sql_p50,
                sql_p99,
                aim(met, "p50 < 20 ms"),
            ]);
        }
        let rate = f64::from(self.contacts) / self.import_seconds;
        let mut rest = table(["", "figure", "aim"]);
        rest.add_row([
            "import, until counted: rows/s".to_owned(),
            whole(rate),
            aim(rate >= IMPORT_AIM, ">= 50,000"),
        ]);
        rest.add_row([
            "opening everyone's name, once: s".to_owned(),
            format!("{:.1}", self.names_opened_seconds),
            String::new(),
        ]);
        rest.add_row([
            "interactions/s meanwhile".to_owned(),
            whole(self.updates_per_second),
            String::new(),
        ]);
        rest.add_row([
            "until counted, p50 / p99 ms".to_owned(),
            ms(Some(self.stale)).join(" / "),
            aim(self.stale.p99_ms < STALE_AIM_MS, "< 1,000"),
        ]);
        let mebibytes = self.memory_bytes / 1024 / 1024;
        rest.add_row([
            "memory of both services: MiB".to_owned(),
            mebibytes.to_string(),
            String::new(),
        ]);
        format!("{}\n{answers}\n{rest}", self.machine.text())
    }
}

fn ms(latency: Option<Latency>) -> [String; 2] {
    match latency {
        Some(latency) => [latency.p50_ms, latency.p99_ms].map(|ms| format!("{ms:.1}")),
        None => ["-".to_owned(), "-".to_owned()],
    }
}
