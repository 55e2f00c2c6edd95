use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Connect a channel. What it logs in with is sealed, and never shown again
    Connect(ConnectArgs),
    /// Give an account other credentials; webhooks signed with those before are taken for another day
    Rotate(GiveArgs),
    /// End sending and receiving. Contacts, broadcasts and reports stay
    Disconnect {
        /// The account's id
        account: String,
        #[command(flatten)]
        request: RequestArgs,
    },
    /// Go on with an account that was disconnected
    Reconnect(GiveArgs),
    /// Show one account
    Show {
        /// The account's id
        account: String,
    },
    /// List the team's accounts
    List,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Of which channel it is
    #[arg(long, value_enum, default_value_t = ChannelArg::Line)]
    pub(crate) channel: ChannelArg,
    /// What the team calls it
    #[arg(long)]
    pub(crate) name: String,
    /// The channel's own id: the page's id, WhatsApp's phone number id, the sender's e-mail address; for
    /// LINE the bot's user id, which may be left out
    #[arg(long, default_value = "")]
    pub(crate) channel_account_id: String,
    /// Two letters (TW, JP, TH): chooses the price of a message
    #[arg(long, default_value = "TW")]
    pub(crate) country: String,
    /// What a message costs you where it is not the price list's, for example "TWD 0.15"
    #[arg(long)]
    pub(crate) price: Option<String>,
    #[command(flatten)]
    pub(crate) credentials: CredentialArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GiveArgs {
    /// The account's id
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) credentials: CredentialArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    /// A UUID that makes a repeat of this command do nothing twice
    #[arg(long)]
    pub(crate) request_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChannelArg {
    Line,
    Messenger,
    Whatsapp,
    Email,
}

/// What an account logs in with; which of it, the channel says.
///
/// Others on the machine can see a command's arguments. Of each secret, `@FILE` reads it from a file and `-`
/// from a line of standard input; the environment has room for it as well.
#[derive(Args)]
#[command(next_help_heading = "Credentials (@FILE: from a file; -: a line of standard input)")]
pub(crate) struct CredentialArgs {
    /// LINE: the channel access token. Messenger, WhatsApp: the page's, or the system user's
    #[arg(
        long,
        env = "FANFARE_ACCESS_TOKEN",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) access_token: String,
    /// LINE: the channel secret, which signs webhooks
    #[arg(
        long,
        env = "FANFARE_CHANNEL_SECRET",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) channel_secret: String,
    /// Messenger, WhatsApp: the app secret, which signs webhooks
    #[arg(
        long,
        env = "FANFARE_APP_SECRET",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) app_secret: String,
    /// Messenger, WhatsApp: what Meta repeats when the webhook is set up
    #[arg(
        long,
        env = "FANFARE_VERIFY_TOKEN",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) verify_token: String,
    /// WhatsApp: the business account whose templates the number sends
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) business_account_id: String,
    /// E-mail: the server that takes mail
    #[arg(
        long,
        env = "FANFARE_SMTP_HOST",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) smtp_host: String,
    /// E-mail: its port
    #[arg(long, env = "FANFARE_SMTP_PORT", default_value_t = 587)]
    pub(crate) smtp_port: u32,
    /// E-mail: who logs in
    #[arg(
        long,
        env = "FANFARE_SMTP_USERNAME",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) smtp_username: String,
    /// E-mail: the password
    #[arg(
        long,
        env = "FANFARE_SMTP_PASSWORD",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) smtp_password: String,
    /// E-mail: how the connection is kept from others' eyes [default: TLS on port 465, else STARTTLS]
    #[arg(long, value_enum)]
    pub(crate) smtp_security: Option<SecurityArg>,
    /// E-mail: where bounces go, if not to the account's address
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) return_path: String,
}

/// As mail programs call it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SecurityArg {
    Tls,
    Starttls,
    /// For a server on the same machine
    None,
}

impl std::fmt::Debug for CredentialArgs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CredentialArgs(redacted)")
    }
}
