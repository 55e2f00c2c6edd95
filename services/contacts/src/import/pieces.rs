use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

use super::text::{Text, TextEncoding};

/// The file as it comes in, as UTF-8, for readers that block.
///
/// It ends only when the sender says so: a caller that vanishes is an error, not a shorter file.
/// The last line is ended by a line feed, whether the file has it or not.
pub(crate) struct Pieces {
    incoming: mpsc::Receiver<Piece>,
    text: Text,
    piece: Bytes,
    ended: bool,
    /// Bytes that may still be read for the present row.
    allowance: usize,
}

#[derive(Debug)]
pub(crate) enum Piece {
    Data(Vec<u8>),
    End,
}

/// What a row may take in the file, quotes and all. A quote that is left open would otherwise make
/// one row of the rest of the file. A reader's own buffer is in it too.
const ROW_BYTES_MAX: usize = 256 * 1024;

impl Pieces {
    pub(crate) fn new(incoming: mpsc::Receiver<Piece>, encoding: TextEncoding) -> Self {
        Self {
            incoming,
            text: Text::new(encoding),
            piece: Bytes::new(),
            ended: false,
            allowance: ROW_BYTES_MAX,
        }
    }

    /// A row begins: it may have so much, and not more.
    pub(crate) fn begin_row(&mut self) {
        self.allowance = ROW_BYTES_MAX;
    }

    /// The first line, which is read later all the same; as much of it as a row may have.
    pub(crate) fn peek_line(&mut self) -> io::Result<&[u8]> {
        while !self.piece.contains(&b'\n') && self.piece.len() < ROW_BYTES_MAX && !self.ended {
            let next = self.next_piece()?;
            self.piece = [&self.piece[..], &next].concat().into();
        }
        let line = self.piece.split(|byte| *byte == b'\n').next();
        Ok(line.unwrap_or_default())
    }

    fn fetch(&mut self) -> io::Result<()> {
        while self.piece.is_empty() && !self.ended {
            self.piece = self.next_piece()?.into();
        }
        Ok(())
    }

    fn next_piece(&mut self) -> io::Result<Vec<u8>> {
        match self.incoming.blocking_recv() {
            Some(Piece::Data(data)) => Ok(self.text.decode(data)),
            Some(Piece::End) => {
                self.ended = true;
                let mut rest = self.text.finish();
                rest.push(b'\n');
                Ok(rest)
            }
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fetch()?;
        if self.allowance == 0 && !self.piece.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let len = buffer.len().min(self.piece.len()).min(self.allowance);
        self.piece.copy_to_slice(&mut buffer[..len]);
        self.allowance -= len;
        Ok(len)
    }
}
