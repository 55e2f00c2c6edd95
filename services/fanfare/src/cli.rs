mod account;
mod contact;
mod import;
mod job;
mod segment;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::{
    account::{
        AccountCommand, ChannelArg, ConnectArgs, CredentialArgs, GiveArgs, RequestArgs, SecurityArg,
    },
    contact::{
        CheckConsentArgs, ConsentArgs, MessagesArgs, PurposeArg, RecordMessageArgs, TagCommand,
        TagContactsArgs, UpdateContactArgs, WriterArg,
    },
    import::{EncodingArg, ImportArgs},
    job::{ConsentMatchingArgs, DeleteContactsArgs, JobCommand, StartArgs, TagMatchingArgs},
    segment::{
        ExportArgs, SaveSegmentArgs, SegmentCommand, SegmentContactsArgs, ShowSegmentArgs, WhoArgs,
    },
};
use crate::{filter::FilterArgs, services::Service};

/// A shop's LINE contacts in one place: import them, send to some of them, see what came of it.
///
/// `fanfare demo` shows it all in half a minute. `fanfare up` starts it, and the other commands
/// then talk to it, from the same folder, over the same gRPC that your own programs would use.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Print JSON for machines instead of tables. Numbers of 64 bits are strings, as protobuf has it
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything on this machine, with a Postgres and a NATS of its own, until Ctrl-C
    Up(UpArgs),
    /// From a contact file to a ROAS figure, with real orders and simulated people
    Demo(DemoArgs),
    /// Connect channels, give them other credentials, disconnect them
    #[command(subcommand)]
    Account(AccountCommand),
    /// Create, rename and delete tags, put them on contacts
    #[command(subcommand)]
    Tag(TagCommand),
    /// Import contacts, list them, show and change one; tag, opt out or delete all who match a filter
    #[command(subcommand, alias = "contacts")]
    Contact(ContactCommand),
    /// Work on many contacts, and imports: list, watch and cancel them
    #[command(subcommand, alias = "jobs")]
    Job(JobCommand),
    /// Count, list and export who matches a filter, and save filters under a name
    #[command(subcommand)]
    Segment(SegmentCommand),
    /// Draft, preview, confirm and watch broadcasts
    #[command(subcommand)]
    Broadcast(BroadcastCommand),
    /// What Meta has approved for WhatsApp and Messenger
    #[command(subcommand)]
    Template(TemplateCommand),
    /// What came of broadcasts, and the people behind each number
    #[command(subcommand)]
    Report(ReportCommand),
    /// Read models that stopped at an event, and what to do about it
    #[command(subcommand)]
    Consumer(ConsumerCommand),
    /// Print the team's bearer token, for orders over HTTP and for other gRPC clients
    Token,
    /// Run some of the services, as one process
    #[command(hide = true)]
    Serve(ServeArgs),
    /// A LINE API that behaves as its documents say, for `demo` and for tests
    #[command(hide = true)]
    Simulate(SimulateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Where data, tools and addresses are kept
    #[arg(long, default_value = ".fanfare", env = "FANFARE_DIR")]
    pub(crate) dir: PathBuf,
    /// The LINE API to send to
    #[arg(long, default_value = "https://api.line.me", env = "FANFARE_LINE_URL")]
    pub(crate) line_url: String,
    /// The Graph API to send to Messenger and WhatsApp with
    #[arg(
        long,
        default_value = "https://graph.facebook.com",
        env = "FANFARE_META_URL"
    )]
    pub(crate) meta_url: String,
    /// The address that people's browsers reach the ingress at, for tracked links
    #[arg(long, env = "FANFARE_LINKS_URL")]
    pub(crate) links_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Contacts to import instead of the bundled sample (CSV, the same columns)
    #[arg(long)]
    pub(crate) contacts: Option<PathBuf>,
    /// Orders to feed in instead of the bundled sample's (CSV, the same columns)
    #[arg(long)]
    pub(crate) orders: Option<PathBuf>,
    /// Make this many LINE contacts instead of reading a file
    #[arg(long, conflicts_with = "contacts")]
    pub(crate) scale: Option<u32>,
    /// Leave everything running afterwards, and print the addresses
    #[arg(long)]
    pub(crate) keep: bool,
    /// Which simulated people click, and when: the same seed, the same people
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Where tools are kept; the demo's data is thrown away
    #[arg(long, default_value = ".fanfare", env = "FANFARE_DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Servers, secrets, ports and addresses, as JSON
    #[arg(long)]
    pub(crate) plan: PathBuf,
    /// Which services; more than once for several in one process
    #[arg(long, value_enum, required = true)]
    pub(crate) service: Vec<Service>,
    /// Bring the databases up to date before
    #[arg(long)]
    pub(crate) migrate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContactCommand {
    /// Import a CSV or JSONL file. Importing it again changes nothing
    #[command(after_help = import::EXAMPLES)]
    Import(ImportArgs),
    /// List contacts, page by page
    List(ListContactsArgs),
    /// Show one contact
    Show {
        /// The contact's id
        contact: String,
    },
    /// Change what is known of a contact
    #[command(after_help = "\
Examples:
  fanfare contact update CONTACT --name 'Chen Mei' --phone '+886 912 345 678'
  fanfare contact update CONTACT --email ''                  takes the address away
  fanfare contact update CONTACT --name Mei --etag ETAG      refused if somebody changed it since")]
    Update(UpdateContactArgs),
    /// Opt contacts out
    #[command(after_help = "\
Examples:
  fanfare contact unsubscribe CONTACT
  fanfare contact unsubscribe CONTACT --purpose site-marketing --purpose cart-remarketing
Welcome messages and answers of a bot go on.")]
    Unsubscribe(ConsentArgs),
    /// Opt contacts in again
    #[command(after_help = "\
Who opted out or blocked the account in person can only take that back in person.")]
    Resubscribe(ConsentArgs),
    /// Whether somebody may be written to, and why not
    #[command(after_help = "\
Examples:
  fanfare contact check CONTACT CONTACT
  fanfare contact check --external-id U4af4980629... --purpose broadcasts")]
    Check(CheckConsentArgs),
    /// Tie a browser of the shop's site to a contact
    Bind {
        /// The contact's id
        contact: String,
        /// What the redirect of a tracked link handed to the page
        visitor: String,
    },
    /// Forget every browser of a contact
    Unbind {
        /// The contact's id
        contact: String,
    },
    /// What a contact wrote and was sent, the latest first
    Messages(MessagesArgs),
    /// Put tags on everyone who matches a filter, or take them off
    #[command(after_help = job::TAG_EXAMPLES)]
    Tag(TagMatchingArgs),
    /// Opt everyone out who matches a filter, or in again
    #[command(after_help = job::CONSENT_EXAMPLES)]
    Consent(ConsentMatchingArgs),
    /// Note what another system sent to a contact, or heard from one
    Record(RecordMessageArgs),
    /// Delete contacts for good, everywhere. It can't be undone
    #[command(after_help = job::DELETE_EXAMPLES)]
    Delete(DeleteContactsArgs),
    /// What happened to a contact, the latest first
    History {
        /// The contact's id
        contact: String,
        #[arg(long, default_value_t = 100)]
        limit: i32,
        /// From the page before
        #[arg(long, default_value = "")]
        page_token: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListContactsArgs {
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// How many to show
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: i32,
    /// Goes on where an earlier list ended
    #[arg(long, default_value = "")]
    pub(crate) page_token: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// Name, language, status, category and quality of each, as Meta has them now
    List {
        /// The account's id. May be left out if there is one account only
        #[arg(long)]
        account: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BroadcastCommand {
    /// Draft a broadcast
    Create(Box<CreateBroadcastArgs>),
    /// Who would get it, who would not and why, and what it looks like
    Preview {
        /// The broadcast's id
        broadcast: String,
    },
    /// Start it, if it still is what its preview showed
    Confirm(ConfirmArgs),
    /// Go on with a paused one, after what paused it has been mended
    Resume { broadcast: String },
    /// How far it is
    Status(StatusArgs),
    /// List broadcasts, the newest first
    List,
}

#[derive(Debug, Args)]
pub(crate) struct CreateBroadcastArgs {
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// A text bubble; up to 5. `{{https://shop.example/sale}}` becomes a link whose clicks count
    #[arg(long, required_unless_present_any = ["image", "message"])]
    pub(crate) text: Vec<String>,
    /// A picture's https address; comes after the texts
    #[arg(long, value_name = "URL")]
    pub(crate) image: Vec<String>,
    /// A file with a message as JSON, for a card, a carousel, a template or a mail; `-` for standard input. For example
    /// `{"card": {"title": "New", "text": "Have a look", "buttons": [{"label": "Go", "url": "{{https://shop.example/new}}"}]}}`
    /// or `{"template": {"name": "spring", "language": "en_US", "body": [{"text": "Wang"}]}}`
    /// or `{"mail": {"subject": "New", "html": "<a href=\"{{unsubscribe}}\">Leave</a>", "text": "{{unsubscribe}}"}}`
    #[arg(long, value_name = "FILE")]
    pub(crate) message: Vec<PathBuf>,
    /// Each person gets links of their own, so that it is known who clicked; LINE is then called once a person
    #[arg(long)]
    pub(crate) personal_links: bool,
    /// A saved segment, by its name or its id, as it is now: a later version changes nothing here
    #[arg(long, value_name = "SEGMENT", conflicts_with = "FilterArgs")]
    pub(crate) segment: Option<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// A UUID that makes a repeat of this command create nothing twice
    #[arg(long)]
    pub(crate) request_id: Option<uuid::Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    pub(crate) broadcast: String,
    /// The hash that `preview` printed
    #[arg(long)]
    pub(crate) hash: String,
    /// Wait until it is done, with a progress bar
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    pub(crate) broadcast: String,
    /// Wait until it is done, with a progress bar
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// The numbers of a broadcast, or of the latest ones
    Show {
        /// Left out: the latest broadcasts
        broadcast: Option<String>,
    },
    /// The people that a number counts
    Recipients(RecipientsArgs),
    /// The orders that a report counts
    Orders { broadcast: String },
}

#[derive(Debug, Args)]
pub(crate) struct RecipientsArgs {
    pub(crate) broadcast: String,
    /// Which number's list
    #[arg(long, value_enum, default_value_t = ListOf::Sent)]
    pub(crate) status: ListOf,
    /// How many to show
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: i32,
    /// Goes on where an earlier list ended
    #[arg(long, default_value = "")]
    pub(crate) page_token: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum ListOf {
    Audience,
    LeftOut,
    Sent,
    Failed,
    Unknown,
    NotSent,
    Pending,
    Clicked,
    /// Those who have read it included
    Delivered,
    Read,
    /// Sent, and no delivery told of yet
    DeliveryOpen,
    /// Kept waiting by the channel
    Held,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConsumerCommand {
    /// How far each read model is, and what it stopped at
    List,
    /// Try a stopped event again, or leave it out on record
    Resolve(ResolveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// The service: contacts, segmentation, broadcast, ingress or reporting
    #[arg(long)]
    pub(crate) service: String,
    #[arg(long)]
    pub(crate) consumer: String,
    #[arg(long)]
    pub(crate) log: String,
    #[arg(long)]
    pub(crate) partition: u32,
    /// The position that it is stopped at
    #[arg(long)]
    pub(crate) position: i64,
    /// Leave the event out, as a dead letter, instead of trying it again
    #[arg(long)]
    pub(crate) skip: bool,
}
