use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum TagCommand {
    /// Add a tag to the team's dictionary
    Create { name: String },
    /// Everyone who has the tag has it under the new name at once
    Rename {
        /// The tag's id, as `segment tags` shows it
        tag: String,
        name: String,
    },
    /// Take the tag off everyone. It can't be undone
    Delete {
        /// The tag's id, as `segment tags` shows it
        tag: String,
    },
    /// Put tags on contacts
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
    /// The contact's id
    #[arg(required_unless_present = "external_id")]
    pub(crate) contact: Option<String>,
    /// The channel's id of the person, instead of the contact's
    #[arg(long, requires = "account", conflicts_with = "contact")]
    pub(crate) external_id: Option<String>,
    #[arg(long)]
    pub(crate) account: Option<String>,
    #[arg(long, value_enum, default_value_t = PurposeArg::Broadcasts)]
    pub(crate) purpose: PurposeArg,
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
