use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{PurposeArg, WhoArgs};

pub(super) const TAG_EXAMPLES: &str = "\
Examples:
  fanfare contact tag --filter 'tag:repeat last_interaction >= 2026-01-01' --add vip
  fanfare contact tag --segment Trials --remove trial --account ACCOUNT
  fanfare contact tag --filter everyone --add 2026
Unless the filter says something of the status, it is for everyone, subscribed or not.";

pub(super) const CONSENT_EXAMPLES: &str = "\
Examples:
  fanfare contact consent --filter 'tag:complained' --out
  fanfare contact consent --segment Returned --in --purpose cart-remarketing
Who opted out themselves stay so, whatever the team decides.";

pub(super) const DELETE_EXAMPLES: &str = "\
Examples:
  fanfare contact delete CONTACT CONTACT --confirm DELETE
  fanfare contact delete --filter 'status = blocked'      says how many, and what to type then";

/// Work that goes on by itself, once it was started: imports too.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List jobs and imports, the latest first
    List {
        #[arg(long, default_value_t = 20)]
        limit: i32,
        /// Goes on where an earlier list ended
        #[arg(long, default_value = "")]
        page_token: String,
    },
    /// Show a job
    Show {
        /// The job's id
        job: String,
    },
    /// Show how far a job is, until it has ended
    Watch {
        /// The job's id
        job: String,
    },
    /// Stop a job. What was done until then stays done
    Cancel {
        /// The job's id
        job: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TagMatchingArgs {
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// A tag to put on; more than once for several
    #[arg(long, value_name = "TAG", required_unless_present = "remove")]
    pub(crate) add: Vec<String>,
    /// A tag to take off
    #[arg(long, value_name = "TAG")]
    pub(crate) remove: Vec<String>,
    #[command(flatten)]
    pub(crate) job: StartArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ConsentMatchingArgs {
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// Opt them out
    #[arg(long, required_unless_present = "in", conflicts_with = "in")]
    pub(crate) out: bool,
    /// Opt them in again
    #[arg(long)]
    pub(crate) r#in: bool,
    /// Of what; more than once for several
    #[arg(long, value_enum, default_values_t = [PurposeArg::Broadcasts])]
    pub(crate) purpose: Vec<PurposeArg>,
    #[command(flatten)]
    pub(crate) job: StartArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteContactsArgs {
    /// The contacts' ids, up to 1,000; or say with a filter or a segment who they are
    pub(crate) contacts: Vec<String>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// How many match the filter. If there are others by then, nobody is deleted
    #[arg(long, value_name = "NUMBER")]
    pub(crate) expect: Option<i64>,
    /// Type the word DELETE
    #[arg(long, value_name = "DELETE", default_value = "")]
    pub(crate) confirm: String,
    #[command(flatten)]
    pub(crate) job: StartArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// A UUID that names the job: the same command again starts nothing twice
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<Uuid>,
    /// Do not wait until it has ended
    #[arg(long)]
    pub(crate) no_wait: bool,
}
