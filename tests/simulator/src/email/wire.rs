//! Lines in, replies out.

use std::io;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// RFC 5321, 4.5.3.1.4, with room for parameters of extensions.
const COMMAND_BYTES_MAX: usize = 2_048;

/// One connection.
#[derive(Debug)]
pub(super) struct Wire {
    stream: BufReader<TcpStream>,
}

/// What came instead of a command.
#[derive(Debug)]
pub(super) enum Line {
    Command(String),
    /// To be answered 500.
    Bad(&'static str),
    Closed,
}

/// What came instead of a mail.
#[derive(Debug)]
pub(super) enum Body {
    Mail(Vec<u8>),
    /// The mail was read to its end, and is to be answered so.
    Refused(u16, &'static str),
    Closed,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Whether the peer has written more than was read: ahead of our answer.
    pub(super) fn has_more(&self) -> bool {
        !self.stream.buffer().is_empty()
    }

    pub(super) async fn line(&mut self) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(COMMAND_BYTES_MAX as u64);
        let read = limited.read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(Line::Closed);
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            return Ok(Line::Bad("5.5.6 the line is too long"));
        };
        let Some(line) = line.strip_suffix(b"\r") else {
            return Ok(Line::Bad("5.5.2 a line ends with CR LF"));
        };
        let plain = line.iter().all(|byte| (0x20..0x7f).contains(byte));
        let text = String::from_utf8_lossy(line).into_owned();
        Ok(if plain {
            Line::Command(text)
        } else {
            Line::Bad("5.5.2 a command is ASCII")
        })
    }

    /// A mail with its dots undone. A bare LF is refused: it is how mail is smuggled.
    pub(super) async fn mail(&mut self, bytes_max: usize) -> io::Result<Body> {
        let (mut mail, mut wrong) = (Vec::new(), None);
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(Body::Closed);
            }
            if line == b".\r\n" {
                break;
            }
            if !line.ends_with(b"\r\n") {
                wrong = Some((554, "5.6.0 bare LF in the mail"));
            }
            if line.starts_with(b".") && !line.starts_with(b"..") {
                wrong = Some((554, "5.6.0 a dot at the beginning of a line is not doubled"));
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if mail.len() > bytes_max {
                wrong = Some((552, "5.3.4 the mail is too large"));
                mail.clear();
            }
        }
        Ok(match wrong {
            Some((code, text)) => Body::Refused(code, text),
            None => Body::Mail(mail),
        })
    }

    /// Reads so much of a mail, and no more.
    pub(super) async fn some(&mut self, bytes: usize) -> io::Result<()> {
        let mut read = vec![0; bytes];
        self.stream.read_exact(&mut read).await.map(drop)
    }

    /// One reply of as many lines as the text has.
    pub(super) async fn reply(&mut self, code: u16, text: &str) -> io::Result<()> {
        let lines: Vec<&str> = text.lines().collect();
        let last = lines.len().saturating_sub(1);
        let line = |(at, line): (usize, &&str)| {
            let mark = if at == last { ' ' } else { '-' };
            format!("{code}{mark}{line}\r\n")
        };
        let reply: String = lines.iter().enumerate().map(line).collect();
        self.stream.get_mut().write_all(reply.as_bytes()).await
    }
}
