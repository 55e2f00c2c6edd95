use std::time::Duration;

use serde::Serialize;

use super::{Options, broadcast::Phases, process::Memory};
use crate::{
    machine::Machine,
    output::{aim, table, whole},
};

const PEOPLE_PER_SECOND_AIM: f64 = 50_000.0;
const MEMORY_AIM_MB: f64 = 200.0;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    people: u32,
    import_people_per_second: f64,
    /// From confirm until the report is complete.
    people_per_second: f64,
    bare_people_per_second: f64,
    ratio: f64,
    freeze_seconds: f64,
    send_seconds: f64,
    settle_seconds: f64,
    report_seconds: f64,
    total_seconds: f64,
    memory_mb: f64,
    memory_peak_mb: f64,
}

impl Report {
    pub(crate) fn new(
        machine: Machine,
        options: &Options,
        imported: Duration,
        phases: &Phases,
        bare_people_per_second: f64,
        memory: Memory,
    ) -> Self {
        let people = f64::from(options.people);
        let people_per_second = people / phases.reported.as_secs_f64();
        let seconds = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64();
        Self {
            machine,
            people: options.people,
            import_people_per_second: people / imported.as_secs_f64(),
            people_per_second,
            bare_people_per_second,
            ratio: people_per_second / bare_people_per_second,
            freeze_seconds: seconds(Duration::ZERO, phases.frozen),
            send_seconds: seconds(phases.frozen, phases.sent),
            settle_seconds: seconds(phases.sent, phases.done),
            report_seconds: seconds(phases.done, phases.reported),
            total_seconds: phases.reported.as_secs_f64(),
            memory_mb: megabytes(memory.now),
            memory_peak_mb: megabytes(memory.peak),
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut table = table(["", "people/s", "seconds", "of bare", "aim"]);
        let bare = self.bare_people_per_second;
        let speed = aim(
            self.people_per_second >= PEOPLE_PER_SECOND_AIM,
            &format!(">= {}/s", whole(PEOPLE_PER_SECOND_AIM)),
        );
        let rows = [
            (
                "bare client",
                bare,
                f64::from(self.people) / bare,
                "1.00".to_owned(),
                String::new(),
            ),
            (
                "Fanfare, confirm to report",
                self.people_per_second,
                self.total_seconds,
                format!("{:.2}", self.ratio),
                speed,
            ),
        ];
        for (name, rate, seconds, ratio, aim) in rows {
            table.add_row([name, &whole(rate), &format!("{seconds:.1}"), &ratio, &aim]);
        }
        for (name, seconds) in [
            ("  freeze", self.freeze_seconds),
            ("  send", self.send_seconds),
            ("  settle", self.settle_seconds),
            ("  report", self.report_seconds),
        ] {
            table.add_row([name, "", &format!("{seconds:.1}")]);
        }
        let import = self.import_people_per_second;
        table.add_row([
            "import, until segments know",
            &whole(import),
            &format!("{:.1}", f64::from(self.people) / import),
        ]);
        let memory = aim(
            self.memory_peak_mb < MEMORY_AIM_MB,
            &format!("< {MEMORY_AIM_MB:.0} MB"),
        );
        format!(
            "{}\n{table}\n{} people; Fanfare's memory {:.0} MB, at most {:.0} MB ({memory})",
            self.machine.text(),
            whole(f64::from(self.people)),
            self.memory_mb,
            self.memory_peak_mb,
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
