use std::{io, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{net::TcpListener, net::TcpStream, task::JoinSet, time::sleep};

use super::{
    commands::{Command, parse},
    faults::{MailFaultKind, MailPhase},
    mail,
    settings::MailSettings,
    state::MailServer,
    wire::{Body, Line, Wire},
};
use crate::world::World;

/// Serves until it is dropped, and every session with it.
pub(crate) async fn serve(listener: TcpListener, world: Arc<World>) -> io::Result<()> {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    sessions.spawn(Session::run(Arc::clone(&world), stream));
                }
                // Too many open files, or a peer that has gone: the next may do.
                Err(error) => {
                    tracing::debug!(%error, "cannot accept");
                    sleep(Duration::from_millis(10)).await;
                }
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

/// One connection and the mail that is under way.
#[derive(Debug)]
struct Session {
    world: Arc<World>,
    wire: Wire,
    settings: MailSettings,
    number: u64,
    knows_extensions: bool,
    authenticated: bool,
    mails: u64,
    from: Option<String>,
    eight_bit: bool,
    to: Vec<String>,
}

/// What a session does after a command.
enum Next {
    Reply(u16, String),
    /// Says so, and hangs up.
    Last(u16, String),
    /// Hangs up.
    Drop,
}

fn reply(code: u16, text: &str) -> Next {
    Next::Reply(code, text.to_owned())
}

impl Session {
    async fn run(world: Arc<World>, stream: TcpStream) {
        drop(stream.set_nodelay(true));
        let (settings, number) = {
            let mut state = world.state();
            state.mail.totals.connections += 1;
            (state.mail.settings.clone(), state.mail.totals.connections)
        };
        let mut session = Self {
            world,
            wire: Wire::new(stream),
            authenticated: settings.username.is_none(),
            settings,
            number,
            knows_extensions: false,
            mails: 0,
            from: None,
            eight_bit: false,
            to: Vec::new(),
        };
        if let Err(error) = session.talk().await {
            tracing::debug!(%error, "a peer has gone");
        }
    }

    async fn talk(&mut self) -> io::Result<()> {
        let greeting = match self.befall(MailPhase::Connect).await {
            Some(next) => next,
            None => reply(220, "simulator.invalid ESMTP"),
        };
        if !self.say(greeting).await? {
            return Ok(());
        }
        loop {
            let next = match self.wire.line().await? {
                Line::Closed => return Ok(()),
                Line::Bad(text) => Next::Last(500, text.to_owned()),
                Line::Command(line) => match parse(&line) {
                    Ok(command) => self.obey(command).await?,
                    Err((code, text)) => reply(code, text),
                },
            };
            if !self.say(next).await? {
                return Ok(());
            }
        }
    }

    /// Whether the session goes on.
    async fn say(&mut self, next: Next) -> io::Result<bool> {
        let (code, text, goes_on) = match next {
            Next::Reply(code, text) => (code, text, true),
            Next::Last(code, text) => (code, text, false),
            Next::Drop => return Ok(false),
        };
        if code >= 400 {
            self.server(|server| server.totals.refusals += 1);
        }
        self.wire.reply(code, &text).await?;
        Ok(goes_on)
    }

    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        if self.wire.has_more() {
            self.server(|server| server.totals.pipelined += 1);
            let in_a_group = matches!(
                command,
                Command::Mail { .. } | Command::Rcpt { .. } | Command::Rset
            );
            if !(self.settings.pipelining && self.knows_extensions && in_a_group) {
                return Ok(Next::Last(554, "5.5.0 wait for the answer".to_owned()));
            }
        }
        Ok(match command {
            Command::Ehlo => self.ehlo(),
            Command::Helo => reply(250, "simulator.invalid"),
            Command::Auth { mechanism, initial } => self.auth(&mechanism, initial).await?,
            Command::Mail { from, parameters } => self.mail(from, &parameters).await,
            Command::Rcpt { to, parameters } => self.rcpt(to, &parameters).await,
            Command::Data => self.data().await?,
            Command::Rset => {
                self.forget();
                reply(250, "2.0.0 Ok")
            }
            Command::Noop => reply(250, "2.0.0 Ok"),
            Command::Quit => Next::Last(221, "2.0.0 Bye".to_owned()),
        })
    }

    fn ehlo(&mut self) -> Next {
        self.knows_extensions = true;
        self.forget();
        let mut lines = vec!["simulator.invalid".to_owned()];
        if self.settings.pipelining {
            lines.push("PIPELINING".to_owned());
        }
        if self.settings.eight_bit {
            lines.push("8BITMIME".to_owned());
        }
        lines.push(format!("SIZE {}", self.settings.bytes_max));
        if self.settings.username.is_some() {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        lines.push("ENHANCEDSTATUSCODES".to_owned());
        Next::Reply(250, lines.join("\n"))
    }

    async fn auth(&mut self, mechanism: &str, initial: Option<String>) -> io::Result<Next> {
        if let Some(next) = self.befall(MailPhase::Auth).await {
            return Ok(next);
        }
        let given = match mechanism {
            "PLAIN" => {
                let answer = match initial {
                    Some(initial) => initial,
                    None => self.challenge("").await?,
                };
                let plain = decode(&answer);
                let mut parts = plain.splitn(3, '\0').skip(1).map(str::to_owned);
                (parts.next(), parts.next())
            }
            "LOGIN" => {
                let name = match initial {
                    Some(initial) => initial,
                    None => self.challenge("VXNlcm5hbWU6").await?,
                };
                let password = self.challenge("UGFzc3dvcmQ6").await?;
                (Some(decode(&name)), Some(decode(&password)))
            }
            _ => return Ok(reply(504, "5.5.4 no such mechanism")),
        };
        let (name, password) = (&self.settings.username, &self.settings.password);
        if name.is_none() || given != (name.clone(), Some(password.clone())) {
            return Ok(reply(535, "5.7.8 Authentication credentials invalid"));
        }
        self.authenticated = true;
        Ok(reply(235, "2.7.0 Authentication successful"))
    }

    async fn challenge(&mut self, text: &str) -> io::Result<String> {
        let line = if text.is_empty() { " " } else { text };
        self.wire.reply(334, line).await?;
        Ok(match self.wire.line().await? {
            Line::Command(line) => line,
            Line::Bad(_) | Line::Closed => String::new(),
        })
    }

    async fn mail(&mut self, from: String, parameters: &[String]) -> Next {
        if let Some(next) = self.befall(MailPhase::Mail).await {
            return next;
        }
        if !self.authenticated {
            return reply(530, "5.7.0 Authentication required");
        }
        if self.from.is_some() {
            return reply(503, "5.5.1 one mail at a time");
        }
        if self
            .settings
            .mails_per_connection
            .is_some_and(|max| self.mails >= max)
        {
            return Next::Last(421, "4.7.0 enough mail for one connection".to_owned());
        }
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name.to_ascii_uppercase().as_str(), value) {
                ("SIZE", size)
                    if size
                        .parse()
                        .is_ok_and(|size: usize| size > self.settings.bytes_max) =>
                {
                    return reply(552, "5.3.4 the mail is too large");
                }
                ("BODY", "8BITMIME") if self.settings.eight_bit => self.eight_bit = true,
                ("SIZE", _) | ("BODY", "7BIT") => {}
                _ => return reply(555, "5.5.4 no such parameter"),
            }
        }
        self.from = Some(from);
        reply(250, "2.1.0 Ok")
    }

    async fn rcpt(&mut self, to: String, parameters: &[String]) -> Next {
        if let Some(next) = self.befall(MailPhase::Rcpt).await {
            return next;
        }
        if self.from.is_none() {
            return reply(503, "5.5.1 MAIL comes first");
        }
        if !parameters.is_empty() {
            return reply(555, "5.5.4 no such parameter");
        }
        if let Some((code, text)) = self.server(|server| server.refuse(&to)) {
            return Next::Reply(code, text);
        }
        self.to.push(to);
        reply(250, "2.1.5 Ok")
    }

    async fn data(&mut self) -> io::Result<Next> {
        match self.befall_data().await {
            Ok(Some(bytes)) => {
                self.wire.reply(354, "go on").await?;
                self.wire.some(bytes).await?;
                return Ok(Next::Drop);
            }
            Ok(None) => {}
            Err(next) => return Ok(next),
        }
        if self.from.is_none() || self.to.is_empty() {
            return Ok(reply(503, "5.5.1 there is nobody to send to"));
        }
        self.wire
            .reply(354, "End data with <CR><LF>.<CR><LF>")
            .await?;
        let body = self.wire.mail(self.settings.bytes_max).await?;
        let next = match body {
            Body::Closed => Next::Drop,
            Body::Refused(code, text) => reply(code, text),
            Body::Mail(raw) => self.end(&raw).await,
        };
        self.forget();
        Ok(next)
    }

    /// Takes the mail, or does not; and says so, or does not.
    async fn end(&mut self, raw: &[u8]) -> Next {
        let fault = self.server(|server| server.strike(MailPhase::End));
        match fault {
            Some(MailFaultKind::Reply { code, text }) => return said(code, text),
            Some(MailFaultKind::Drop | MailFaultKind::DropInMail { .. }) => return Next::Drop,
            Some(
                MailFaultKind::DropAfterAccept
                | MailFaultKind::ReplyAfterAccept { .. }
                | MailFaultKind::Slow { .. },
            )
            | None => {}
        }
        let mail = match mail::check(raw, self.eight_bit, self.settings.bulk) {
            Ok(mail) => mail,
            Err((code, text)) => return Next::Reply(code, text),
        };
        let from = self.from.clone().unwrap_or_default();
        let now = self.world.clock.now();
        let queue_id =
            self.server(|server| server.deliver(&from, &self.to, &mail, self.number, now));
        self.mails += 1;
        match fault {
            Some(MailFaultKind::DropAfterAccept) => return Next::Drop,
            Some(MailFaultKind::ReplyAfterAccept { code, text }) => return said(code, text),
            Some(MailFaultKind::Slow { delay_ms }) => sleep(Duration::from_millis(delay_ms)).await,
            Some(
                MailFaultKind::Reply { .. }
                | MailFaultKind::Drop
                | MailFaultKind::DropInMail { .. },
            )
            | None => {}
        }
        Next::Reply(250, format!("2.0.0 Ok: queued as {queue_id}"))
    }

    /// So many bytes are read of the mail, or what else becomes of DATA.
    async fn befall_data(&mut self) -> Result<Option<usize>, Next> {
        match self.server(|server| server.strike(MailPhase::Data)) {
            Some(MailFaultKind::DropInMail { bytes }) => Ok(Some(bytes)),
            fault => match befallen(fault).await {
                Some(next) => Err(next),
                None => Ok(None),
            },
        }
    }

    async fn befall(&mut self, phase: MailPhase) -> Option<Next> {
        befallen(self.server(|server| server.strike(phase))).await
    }

    fn forget(&mut self) {
        self.from = None;
        self.eight_bit = false;
        self.to.clear();
    }

    fn server<T>(&self, use_it: impl FnOnce(&mut MailServer) -> T) -> T {
        use_it(&mut self.world.state().mail)
    }
}

async fn befallen(fault: Option<MailFaultKind>) -> Option<Next> {
    match fault? {
        MailFaultKind::Reply { code, text } | MailFaultKind::ReplyAfterAccept { code, text } => {
            Some(said(code, text))
        }
        MailFaultKind::Drop | MailFaultKind::DropAfterAccept | MailFaultKind::DropInMail { .. } => {
            Some(Next::Drop)
        }
        MailFaultKind::Slow { delay_ms } => {
            sleep(Duration::from_millis(delay_ms)).await;
            None
        }
    }
}

/// 421 is the last that a server says.
fn said(code: u16, text: String) -> Next {
    if code == 421 {
        return Next::Last(code, text);
    }
    Next::Reply(code, text)
}

fn decode(text: &str) -> String {
    let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
