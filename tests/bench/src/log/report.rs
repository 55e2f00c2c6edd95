use serde::Serialize;

use super::append::Appends;
use crate::{
    latency::Latency,
    machine::Machine,
    output::{aim, table, whole},
};

/// Of the raw figure, with a version check and a receipt.
const CHECKED_AIM: f64 = 0.3;
/// Of the raw figure, without.
const UNCHECKED_AIM: f64 = 0.6;
const VISIBLE_P99_AIM_MS: f64 = 50.0;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) rounds: Vec<Round>,
    #[serde(rename = "replay_events_per_second")]
    pub(super) replay: f64,
    #[serde(rename = "relay_events_per_second")]
    pub(super) relay: f64,
    #[serde(rename = "command_to_visible")]
    pub(super) visible: Latency,
}

/// One after the other, on the machine as it was at the time.
#[derive(Debug, Serialize)]
pub(super) struct Round {
    #[serde(rename = "raw_events_per_second")]
    pub(super) raw: f64,
    #[serde(rename = "append_checked")]
    pub(super) checked: Appends,
    #[serde(rename = "append_unchecked")]
    pub(super) unchecked: Appends,
}

impl Report {
    pub(super) fn text(&self) -> String {
        let mut table = table(["", "events/s", "p50 ms", "p99 ms", "of raw", "aim"]);
        table.add_row([
            "raw UNNEST inserts",
            &whole(self.median(|round| round.raw)),
            "",
            "",
            "1.00",
            "",
        ]);
        table.add_row(self.append(
            "append: version, receipt",
            |round| &round.checked,
            CHECKED_AIM,
        ));
        table.add_row(self.append("append: facts", |round| &round.unchecked, UNCHECKED_AIM));
        table.add_row(["replay", &whole(self.replay)]);
        table.add_row(["relay to JetStream", &whole(self.relay)]);
        let visible = &self.visible;
        table.add_row([
            "command to visible",
            "",
            &format!("{:.1}", visible.p50_ms),
            &format!("{:.1}", visible.p99_ms),
            "",
            &aim(
                visible.p99_ms < VISIBLE_P99_AIM_MS,
                &format!("p99 < {VISIBLE_P99_AIM_MS:.0} ms"),
            ),
        ]);
        format!(
            "{}\n{table}\nappends beside raw: medians of {} rounds",
            self.machine.text(),
            self.rounds.len()
        )
    }

    fn append(&self, name: &str, of: fn(&Round) -> &Appends, least: f64) -> [String; 6] {
        let ratio = self.median(|round| of(round).events_per_second / round.raw);
        [
            name.to_owned(),
            whole(self.median(|round| of(round).events_per_second)),
            format!("{:.1}", self.median(|round| of(round).latency.p50_ms)),
            format!("{:.1}", self.median(|round| of(round).latency.p99_ms)),
            format!("{ratio:.2}"),
            aim(ratio >= least, &format!(">= {least:.1}")),
        ]
    }

    fn median(&self, of: impl Fn(&Round) -> f64) -> f64 {
        let mut figures: Vec<f64> = self.rounds.iter().map(of).collect();
        figures.sort_by(f64::total_cmp);
        let middle = |place: usize| figures.get(place).copied().unwrap_or_default();
        f64::midpoint(middle((figures.len() - 1) / 2), middle(figures.len() / 2))
    }
}
