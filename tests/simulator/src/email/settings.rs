use serde::{Deserialize, Serialize};

/// How the server is set up. What is not named has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// With one, mail is taken only after AUTH.
    pub username: Option<String>,
    pub password: String,
    /// Offered as PIPELINING; whoever writes ahead without it is refused.
    pub pipelining: bool,
    /// Offered as 8BITMIME; without it, or without `BODY=8BITMIME`, mail is 7 bits.
    pub eight_bit: bool,
    /// Offered as SIZE.
    pub bytes_max: usize,
    /// Refuses what has no `List-Unsubscribe` with one click, as Gmail and Yahoo do of bulk mail.
    pub bulk: bool,
    /// Hangs up with 421 before the mail that is one too many.
    pub mails_per_connection: Option<u64>,
    /// Where reports are posted to, raw, as a mail server's script would.
    pub report_url: Option<String>,
    /// Sent as `authorization: Bearer`.
    pub report_token: String,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            username: None,
            password: String::new(),
            pipelining: true,
            eight_bit: true,
            bytes_max: 10 * 1024 * 1024,
            bulk: true,
            mails_per_connection: None,
            report_url: None,
            report_token: String::new(),
        }
    }
}

/// What happens to mail for an address. Everybody has a mailbox unless another state is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxState {
    Exists,
    /// 550 5.1.1 at RCPT.
    NoSuchUser,
    /// 550 5.2.1 at RCPT.
    Disabled,
    /// 452 4.2.2 at RCPT.
    Full,
    /// 451 4.7.1 at the first RCPT, and not again.
    Greylists,
    /// Taken, and a bounce comes: 5.1.1.
    BouncesHard,
    /// Taken, and a bounce comes: 4.4.7, after days.
    BouncesSoft,
    /// Taken, and somebody presses "this is spam".
    Complains,
}
