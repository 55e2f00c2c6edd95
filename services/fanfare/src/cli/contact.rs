use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  fanfare tag create vip
  fanfare tag add --tag vip --tag taipei CONTACT CONTACT
  fanfare tag rename vip gold          everyone who has it has it under the new name
  fanfare segment count --tag gold")]
pub(crate) enum TagCommand {
    /// The team's tags, and how many contacts have each
    List,
    /// Add a tag to the team's dictionary
    Create {
        /// 1 to 50 characters without |
        name: String,
    },
    /// Everyone who has the tag has it under the new name at once
    Rename {
        /// Its name or its id
        tag: String,
        /// 1 to 50 characters without |
        name: String,
    },
    /// Take the tag off everyone. It can't be undone
    Delete {
        /// Its name or its id
        tag: String,
    },
    /// Put tags on contacts. Those that there are not yet are created
    Add(TagContactsArgs),
    /// Take tags off contacts
    Remove(TagContactsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TagContactsArgs {
    /// The tag's name; more than once for several
    #[arg(long, required = true)]
    pub(crate) tag: Vec<String>,
    /// The contacts' ids, up to 1,000
    #[arg(required = true)]
    pub(crate) contacts: Vec<String>,
    /// A UUID that makes a repeat of this command change nothing
    #[arg(long)]
    pub(crate) request_id: Option<Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateContactArgs {
    /// The contact's id
    pub(crate) contact: String,
    /// An empty text takes a field away
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[arg(long)]
    pub(crate) phone: Option<String>,
    #[arg(long)]
    pub(crate) email: Option<String>,
    #[arg(long)]
    pub(crate) member_number: Option<String>,
    /// Refuse if the contact was changed since `show` printed this
    #[arg(long, default_value = "")]
    pub(crate) etag: String,
    /// A UUID that makes a repeat of this command change nothing
    #[arg(long)]
    pub(crate) request_id: Option<Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct ConsentArgs {
    /// The contacts' ids, up to 1,000
    #[arg(required = true)]
    pub(crate) contacts: Vec<String>,
    /// Of what; more than once for several
    #[arg(long, value_enum, default_values_t = [PurposeArg::Broadcasts])]
    pub(crate) purpose: Vec<PurposeArg>,
    /// A UUID that makes a repeat of this command change nothing
    #[arg(long)]
    pub(crate) request_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PurposeArg {
    Broadcasts,
    SiteMarketing,
    CartRemarketing,
}

#[derive(Debug, Args)]
pub(crate) struct CheckConsentArgs {
    /// The contacts' ids, up to 1,000
    #[arg(required_unless_present = "external_id")]
    pub(crate) contacts: Vec<String>,
    /// The channel's id of a person, instead of the contact's
    #[arg(long)]
    pub(crate) external_id: Option<String>,
    /// The account that the external id is of; may be left out if there is one only
    #[arg(long, requires = "external_id")]
    pub(crate) account: Option<String>,
    /// For what; more than once for several. Left out: each
    #[arg(long, value_enum)]
    pub(crate) purpose: Vec<PurposeArg>,
}

#[derive(Debug, Args)]
pub(crate) struct RecordMessageArgs {
    /// The contact's id
    pub(crate) contact: String,
    /// What was written
    #[arg(long)]
    pub(crate) text: String,
    /// Who wrote it
    #[arg(long, value_enum, default_value_t = WriterArg::Agent)]
    pub(crate) from: WriterArg,
    /// A UUID that makes a repeat of this command change nothing
    #[arg(long)]
    pub(crate) request_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WriterArg {
    /// The person
    Contact,
    /// A member of the team
    Agent,
    Bot,
    /// A bot, when the person came
    Welcome,
}

#[derive(Debug, Args)]
pub(crate) struct MessagesArgs {
    /// The contact's id
    pub(crate) contact: String,
    /// How many to show
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: i32,
    /// Goes on where an earlier list ended
    #[arg(long, default_value = "")]
    pub(crate) page_token: String,
}
