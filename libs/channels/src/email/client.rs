use std::{fmt, sync::Arc, time::Duration};

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::TlsParameters,
    extension::ClientId,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    compose::PreparedMail,
    connection::{Connection, Failure},
    phase::Phase,
    pool::Pool,
    reply::classify,
};
use crate::{
    http::Timeouts,
    meta::{Accepted, Action, Outcome, Refusal, Scope},
};

const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
/// A server with which a thousand can be under way at once is its owner's: it needs no more than these at rest.
const IDLE_CONNECTIONS_MAX: usize = 64;
/// RFC 5321, 4.5.3.2.6.
const END_TIMEOUT: Duration = Duration::from_mins(10);

pub(super) type Tls = Option<TlsParameters>;

/// How a connection is kept from others' eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte: port 465.
    Tls,
    /// After the greeting, and never without: port 587.
    StartTls,
    /// For a server on the same machine. A password would be in the clear.
    None,
}

/// The server that takes our mail, and who we are to it.
#[derive(Debug, Clone)]
pub struct EmailSettings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub username: String,
    /// With an empty name there is no login.
    pub password: SecretString,
    /// How we introduce ourselves: the name of the machine that sends.
    pub hello: ClientId,
    /// The second is for each answer but the last.
    pub timeouts: Timeouts,
    /// For the answer to a whole mail. Whoever gives up early has made the mail ambiguous.
    pub end_timeout: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("host is empty")]
    Host,
    #[error("hello is a domain, not {value:?}")]
    Hello { value: String },
    #[error("cannot prepare TLS")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// One SMTP server. Clones share their connections.
#[derive(Clone)]
pub struct EmailClient {
    shared: Arc<Shared>,
}

struct Shared {
    settings: EmailSettings,
    tls: Tls,
    pool: Pool,
}

impl EmailSettings {
    /// `hello` is the name that the sending machine has in DNS.
    pub fn try_new(host: &str, port: u16, hello: &str) -> Result<Self, SettingsError> {
        if host.is_empty() {
            return Err(SettingsError::Host);
        }
        let domain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        if hello.is_empty() || !hello.bytes().all(domain) {
            return Err(SettingsError::Hello {
                value: hello.to_owned(),
            });
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            security: Security::StartTls,
            username: String::new(),
            password: SecretString::default(),
            hello: ClientId::Domain(hello.to_owned()),
            timeouts: Timeouts::default(),
            end_timeout: END_TIMEOUT,
        })
    }

    pub(super) fn login(&self) -> Option<(Credentials, &'static [Mechanism])> {
        let password = self.password.expose_secret().to_owned();
        let credentials = Credentials::new(self.username.clone(), password);
        (!self.username.is_empty()).then_some((credentials, MECHANISMS))
    }
}

impl EmailClient {
    /// Connects to nothing yet.
    pub fn try_new(settings: EmailSettings) -> Result<Self, SettingsError> {
        let tls = match settings.security {
            Security::Tls | Security::StartTls => {
                let parameters = TlsParameters::new(settings.host.clone());
                Some(parameters.map_err(SettingsError::Tls)?)
            }
            Security::None => None,
        };
        let shared = Shared {
            settings,
            tls,
            pool: Pool::new(IDLE_CONNECTIONS_MAX),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// One attempt to send one mail. What is ambiguous must not be sent again.
    ///
    /// A connection that the server closed while it rested is replaced; nothing had been sent by it.
    pub async fn send(&self, mail: &PreparedMail) -> Outcome {
        if let Some(mut rested) = self.shared.pool.take() {
            let sent = rested.send(mail).await;
            if !sent.as_ref().is_err_and(Failure::is_of_a_closed_connection) {
                return self.settle(rested, sent).await;
            }
        }
        match Connection::open(&self.shared.settings, &self.shared.tls).await {
            Ok(mut connection) => {
                let sent = connection.send(mail).await;
                self.settle(connection, sent).await
            }
            Err(failure) => failure.outcome(),
        }
    }

    /// Whether the server takes our name and password. Sends nothing.
    pub async fn check(&self) -> Result<(), Outcome> {
        let opened = Connection::open(&self.shared.settings, &self.shared.tls).await;
        let connection = opened.map_err(Failure::outcome)?;
        connection.close().await;
        Ok(())
    }

    async fn settle(&self, connection: Connection, sent: Result<String, Failure>) -> Outcome {
        let usable = sent.as_ref().err().is_none_or(Failure::is_usable);
        if usable && let Some(one_too_many) = self.shared.pool.put(connection) {
            one_too_many.close().await;
        }
        match sent {
            Ok(queued) => Outcome::Accepted(Accepted {
                message_id: queue_id(&queued),
                ..Accepted::default()
            }),
            Err(failure) => failure.outcome(),
        }
    }
}

impl fmt::Debug for EmailClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailClient")
            .field("host", &self.shared.settings.host)
            .finish_non_exhaustive()
    }
}

/// The server's own name for the mail, where it writes one as Postfix does: `2.0.0 Ok: queued as 4F2B`.
fn queue_id(line: &str) -> Option<String> {
    let (_, id) = line.rsplit_once("queued as ")?;
    let id = id.split_whitespace().next()?;
    let plain = id.len() <= 100
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'@');
    plain.then(|| id.to_owned())
}

impl Failure {
    /// Before the mail, by a server that had hung up or was about to.
    fn is_of_a_closed_connection(&self) -> bool {
        match self {
            Self::Lost { phase, .. } => *phase != Phase::End,
            Self::Refused { reply, .. } => reply.code == 421 && reply.phase != Phase::End,
            Self::TooLarge { .. } | Self::NoLogin => false,
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Refused { reply, .. } => classify(&reply),
            Self::TooLarge { bytes, max } => refused(
                "too_large",
                Action::StopBroadcast,
                format!("the mail has {bytes} bytes, the server takes {max}"),
            ),
            Self::NoLogin => refused(
                "auth_refused",
                Action::Stop(Scope::Sender),
                "the server takes neither PLAIN nor LOGIN".to_owned(),
            ),
            Self::Lost { phase, detail } => {
                let detail = format!("{detail} at {phase}");
                match phase {
                    Phase::End => Outcome::Ambiguous { detail },
                    Phase::Connect | Phase::Auth | Phase::Mail | Phase::Rcpt | Phase::Data => {
                        Outcome::Unsent { detail }
                    }
                }
            }
        }
    }
}

fn refused(name: &'static str, action: Action, detail: String) -> Outcome {
    Outcome::Refused(Refusal {
        name,
        action,
        wait: None,
        code: None,
        subcode: None,
        detail,
    })
}
