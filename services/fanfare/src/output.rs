use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;
use comfy_table::{ContentArrangement, Table, presets::UTF8_BORDERS_ONLY};
use prost::{Message, Name};
use tonic::Status;

/// Where a command's answer goes: a table for people, JSON for machines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints `message` as protobuf JSON, or what `table` makes of it.
    pub(crate) fn message<M: Message + Name>(
        self,
        message: &M,
        table: impl FnOnce(&M) -> String,
    ) -> anyhow::Result<()> {
        if self.json {
            self.value(&proto::to_json(message)?)
        } else {
            self.line(&table(message))
        }
    }

    pub(crate) fn value(self, value: &serde_json::Value) -> anyhow::Result<()> {
        self.line(&serde_json::to_string_pretty(value)?)
    }

    /// A line of the answer itself.
    #[expect(clippy::unused_self, reason = "whoever prints has been told how")]
    pub(crate) fn line(self, text: &str) -> anyhow::Result<()> {
        writeln!(io::stdout(), "{text}").context("cannot write to standard output")
    }

    /// A line on the way there, which a machine does not want. A terminal that is gone is no error.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            drop(writeln!(io::stderr(), "{text}"));
        }
    }

    #[expect(clippy::unused_self, reason = "whoever prints has been told how")]
    pub(crate) fn error(self, error: &anyhow::Error) {
        let text = describe(error);
        let line = if io::stderr().is_terminal() {
            format!("\u{1b}[1;31merror:\u{1b}[0m {text}")
        } else {
            format!("error: {text}")
        };
        drop(writeln!(io::stderr(), "{line}"));
    }
}

/// An empty table that fits the terminal.
pub(crate) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}

/// The error and its causes; a service's own words for what it refused.
fn describe(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error
        .chain()
        .map(|cause| match cause.downcast_ref::<Status>() {
            Some(status) => said(status),
            None => cause.to_string(),
        })
        .collect();
    let mut text = causes.join(": ");
    text.truncate(text.trim_end().len());
    text
}

/// A service that can't be reached says nothing; tonic says so in its own words.
fn said(status: &Status) -> String {
    let message = status.message();
    let unreachable = message.contains("transport") || message.contains("connect");
    if status.code() == tonic::Code::Unavailable && unreachable {
        "the service does not answer; is `cargo fanfare up` still running?".to_owned()
    } else {
        message.to_owned()
    }
}
