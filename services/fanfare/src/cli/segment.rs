use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::filter::FilterArgs;

const FILTERS: &str = "\
Filters:
  --filter 'tag:vip AND NOT tag:test'
  --filter 'tag:(gold OR silver) last_interaction >= 2026-01-01'
  --filter '(tag:vip OR name = \"王*\") AND subscribed_at < 2026-02-01T00:00:00Z'
  --filter 'name : \"小\" status = all'       a part of the name, whatever the status
  --filter 'phone = \"+886 912 345 678\"'     also email, member
  --filter 'site_bound = true'
Side by side means AND; OR binds tighter than AND; - and NOT negate. A date is that day in UTC.";

#[derive(Debug, Subcommand)]
pub(crate) enum SegmentCommand {
    /// Count the contacts that match, and those of them who are subscribed
    #[command(after_help = FILTERS)]
    Count(WhoArgs),
    /// List the contacts that match; of a filter that says nothing of the status, the subscribed
    #[command(after_help = FILTERS)]
    Contacts(SegmentContactsArgs),
    /// List the saved segments
    List,
    /// Save a filter under a name
    #[command(after_help = "\
Examples:
  fanfare segment save VIPs --filter 'tag:vip AND NOT tag:test'
  fanfare segment save VIPs --filter 'tag:vip' --replace     makes version 2
  fanfare segment count --segment VIPs")]
    Save(SaveSegmentArgs),
    /// Show a saved segment, in its latest version or in an older one
    Show(ShowSegmentArgs),
    /// Delete a saved segment. Its contacts stay
    Delete {
        /// Its name or its id
        segment: String,
    },
    /// Write the contacts that match to a file that can be imported again
    #[command(after_help = "\
Examples:
  fanfare segment export vips.csv --filter 'tag:vip'
  fanfare segment export everyone.jsonl --filter 'status = all'
Of a filter that says nothing of the status, the subscribed are written. Cells that a spreadsheet
would take for formulas begin with ', which an import takes away again.")]
    Export(ExportArgs),
    /// The team's tags, and how many contacts have each
    Tags,
    /// How many contacts there are and how many can be written to, by channel and in all
    Totals {
        #[arg(long)]
        account: Option<String>,
    },
}

/// Whom a command is about.
#[derive(Debug, Args)]
pub(crate) struct WhoArgs {
    /// Only contacts of this account
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// A saved segment, by its name or its id
    #[arg(long, value_name = "SEGMENT", conflicts_with = "FilterArgs")]
    pub(crate) segment: Option<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SegmentContactsArgs {
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// How many to show
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: i32,
    /// How many to leave out before
    #[arg(long, default_value_t = 0)]
    pub(crate) skip: i64,
    /// Goes on where an earlier list ended
    #[arg(long, default_value = "")]
    pub(crate) page_token: String,
}

#[derive(Debug, Args)]
pub(crate) struct SaveSegmentArgs {
    /// 1 to 100 characters, unique in the team
    pub(crate) name: String,
    /// Only contacts of this account
    #[arg(long)]
    pub(crate) account: Option<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Make a new version of the segment that has the name
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowSegmentArgs {
    /// Its name or its id
    pub(crate) segment: String,
    /// Not its latest version, but this one
    #[arg(
        long,
        value_name = "VERSION",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(crate) at_version: i64,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file: .csv, or .jsonl with one object a line
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}
