use std::{error::Error as _, fmt, time::Duration};

use lettre::transport::smtp::{
    Error,
    client::AsyncSmtpConnection,
    commands::{Data, Ehlo, Mail, Rcpt, Rset},
    response::Response,
};
use tokio::time::timeout;

use super::{
    client::{EmailSettings, Security, Tls},
    compose::PreparedMail,
    phase::Phase,
    reply::Reply,
};

/// A session with the server, between mails.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    /// MAIL, RCPT and DATA may go at once (RFC 2920).
    pipelining: bool,
    /// The largest mail that the server takes (RFC 1870).
    bytes_max: Option<usize>,
    patience: Duration,
    patience_at_end: Duration,
}

/// Why a mail was not taken, as far as is known.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said no.
    Refused { reply: Reply, usable: bool },
    /// The server cannot take it, so it was not asked.
    TooLarge { bytes: usize, max: usize },
    /// There is no login that the server and we both know.
    NoLogin,
    /// The connection broke, was never there, or makes no sense. After `Phase::End` the mail may be through.
    Lost { phase: Phase, detail: &'static str },
}

/// MAIL, RCPT and DATA in one write.
struct Envelope<'a>(&'a Mail, &'a Rcpt);

impl fmt::Display for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{Data}", self.0, self.1)
    }
}

impl Connection {
    pub(super) async fn open(settings: &EmailSettings, tls: &Tls) -> Result<Self, Failure> {
        let opening = Self::open_now(settings, tls);
        let lost = |_| Failure::lost(Phase::Connect, "no greeting in time");
        timeout(settings.timeouts.request, opening)
            .await
            .map_err(lost)?
    }

    async fn open_now(settings: &EmailSettings, tls: &Tls) -> Result<Self, Failure> {
        let failed = |error: Error| Failure::at(Phase::Connect, &error);
        let (server, hello) = ((settings.host.as_str(), settings.port), &settings.hello);
        let wrapper = match settings.security {
            Security::Tls => tls.clone(),
            Security::StartTls | Security::None => None,
        };
        let patience = Some(settings.timeouts.connect);
        let mut smtp = AsyncSmtpConnection::connect_tokio1(server, patience, hello, wrapper, None)
            .await
            .map_err(failed)?;
        if let (Security::StartTls, Some(tls)) = (settings.security, tls) {
            smtp.starttls(tls.clone(), hello).await.map_err(failed)?;
        }
        if let Some((credentials, mechanisms)) = settings.login() {
            let login = smtp.auth(mechanisms, &credentials).await;
            login.map_err(|error| Failure::at(Phase::Auth, &error))?;
        }
        // lettre keeps no extension that it has no use for: asked again, the server tells all.
        let told = smtp.command(Ehlo::new(hello.clone())).await;
        let told = told.map_err(failed)?;
        Ok(Self {
            smtp,
            pipelining: extension(&told, "PIPELINING").is_some(),
            bytes_max: extension(&told, "SIZE").and_then(|max| max.parse().ok()),
            patience: settings.timeouts.request,
            patience_at_end: settings.end_timeout,
        })
    }

    /// One attempt. The connection is good for another mail if this one was taken, or refused as `usable`.
    pub(super) async fn send(&mut self, mail: &PreparedMail) -> Result<String, Failure> {
        if let Some(max) = self
            .bytes_max
            .filter(|max| *max > 0 && mail.bytes.len() > *max)
        {
            let bytes = mail.bytes.len();
            return Err(Failure::TooLarge { bytes, max });
        }
        let from = Mail::new(Some(mail.return_path.clone()), Vec::new());
        let to = Rcpt::new(mail.to.clone(), Vec::new());
        if self.pipelining {
            self.envelope_at_once(&from, &to).await?;
        } else {
            self.envelope_step_by_step(&from, &to).await?;
        }
        let sending = self.smtp.message(&mail.bytes);
        let taken = within(self.patience_at_end, Phase::End, sending).await?;
        expect(Phase::End, &taken, 200)?;
        Ok(taken.first_line().unwrap_or_default().to_owned())
    }

    async fn envelope_step_by_step(&mut self, from: &Mail, to: &Rcpt) -> Result<(), Failure> {
        let patience = self.patience;
        let said = within(patience, Phase::Mail, self.smtp.command(from)).await;
        self.or_forget(said, Phase::Mail, 200).await?;
        let said = within(patience, Phase::Rcpt, self.smtp.command(to)).await;
        self.or_forget(said, Phase::Rcpt, 200).await?;
        let said = within(patience, Phase::Data, self.smtp.command(Data)).await;
        self.or_forget(said, Phase::Data, 300).await
    }

    async fn envelope_at_once(&mut self, from: &Mail, to: &Rcpt) -> Result<(), Failure> {
        let patience = self.patience;
        let asking = self.smtp.command(Envelope(from, to));
        let mail = go_on(within(patience, Phase::Mail, asking).await)?;
        let rcpt = go_on(within(patience, Phase::Rcpt, self.smtp.read_response()).await)?;
        let data = within(patience, Phase::Data, self.smtp.read_response()).await;
        // The first that was refused is why: what follows is refused for it.
        let first = match (mail, rcpt) {
            (Ok(mail), Ok(rcpt)) => {
                expect(Phase::Mail, &mail, 200)?;
                expect(Phase::Rcpt, &rcpt, 200)?;
                return self.or_forget(data, Phase::Data, 300).await;
            }
            (Err(failure), _) | (Ok(_), Err(failure)) => failure,
        };
        match data {
            // It waits for a mail that nobody is meant to get. Hung up on, it drops it.
            Ok(_) | Err(Failure::Lost { .. }) => Err(first.not_usable()),
            Err(_) => Err(self.forget(first).await),
        }
    }

    async fn or_forget(
        &mut self,
        said: Result<Response, Failure>,
        phase: Phase,
        hundred: u16,
    ) -> Result<(), Failure> {
        match said {
            Ok(said) => expect(phase, &said, hundred),
            Err(failure) => Err(self.forget(failure).await),
        }
    }

    /// After a refusal the server still holds the sender. One that does not forget it is left alone.
    async fn forget(&mut self, failure: Failure) -> Failure {
        if !failure.is_usable() {
            return failure;
        }
        let forgotten = within(self.patience, Phase::Mail, self.smtp.command(Rset)).await;
        if forgotten.is_err() {
            return failure.not_usable();
        }
        failure
    }

    /// Says goodbye without waiting for long: the mail is through.
    pub(super) async fn close(mut self) {
        drop(timeout(Duration::from_secs(1), self.smtp.abort()).await);
    }
}

/// An answer after which another comes: of a server that is still there.
fn go_on(said: Result<Response, Failure>) -> Result<Result<Response, Failure>, Failure> {
    match said {
        Err(failure) if !failure.is_usable() => Err(failure),
        said => Ok(said),
    }
}

async fn within(
    patience: Duration,
    phase: Phase,
    asking: impl Future<Output = Result<Response, Error>>,
) -> Result<Response, Failure> {
    match timeout(patience, asking).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error)) => Err(Failure::at(phase, &error)),
        Err(_) => Err(Failure::lost(phase, "no answer in time")),
    }
}

/// A yes of another kind than was asked for: what the server means is unknown.
fn expect(phase: Phase, said: &Response, hundred: u16) -> Result<(), Failure> {
    let code: u16 = said.code().into();
    if code / 100 * 100 == hundred {
        return Ok(());
    }
    Err(Failure::lost(phase, "an answer to something else"))
}

fn extension<'a>(told: &'a Response, name: &str) -> Option<&'a str> {
    told.message().find_map(|line| {
        let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
        keyword.eq_ignore_ascii_case(name).then(|| rest.trim())
    })
}

impl Failure {
    fn lost(phase: Phase, detail: &'static str) -> Self {
        Self::Lost { phase, detail }
    }

    fn at(phase: Phase, error: &Error) -> Self {
        if let Some(code) = error.status() {
            let text = error.source().map(ToString::to_string);
            let reply = Reply::new(phase, code.into(), &text.unwrap_or_default());
            // 421 is the last that is said before the server hangs up.
            let usable = reply.code != 421;
            return Self::Refused { reply, usable };
        }
        if phase == Phase::Auth && error.is_client() {
            return Self::NoLogin;
        }
        let detail = if error.is_timeout() {
            "no answer in time"
        } else if error.is_tls() {
            "no trust in the server's certificate"
        } else if error.is_client() {
            "the server offers no STARTTLS"
        } else if error.is_response() {
            "no SMTP, or half of it"
        } else {
            "connection lost"
        };
        Self::lost(phase, detail)
    }

    /// Whether the connection is good for another mail.
    pub(super) fn is_usable(&self) -> bool {
        match self {
            Self::Refused { usable, .. } => *usable,
            Self::TooLarge { .. } => true,
            Self::NoLogin | Self::Lost { .. } => false,
        }
    }

    fn not_usable(self) -> Self {
        match self {
            Self::Refused { reply, .. } => Self::Refused {
                reply,
                usable: false,
            },
            Self::TooLarge { .. } | Self::NoLogin | Self::Lost { .. } => self,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("pipelining", &self.pipelining)
            .finish_non_exhaustive()
    }
}
