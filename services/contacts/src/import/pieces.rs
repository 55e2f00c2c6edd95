use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

/// The file as it comes in, for readers that block.
///
/// It ends only when the sender says so: a caller that vanishes is an error, not a shorter file.
/// The last line is ended by a line feed, whether the file has it or not.
#[derive(Debug)]
pub(crate) struct Pieces {
    incoming: mpsc::Receiver<Piece>,
    piece: Bytes,
    ended: bool,
    /// Bytes that may still be read for the present row.
    allowance: usize,
}

#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    End,
}

/// What a row may take in the file, quotes and all. A quote that is left open would otherwise make
/// one row of the rest of the file. A reader's own buffer is in it too.
const ROW_BYTES_MAX: usize = 256 * 1024;

impl Pieces {
    pub(crate) fn new(incoming: mpsc::Receiver<Piece>) -> Self {
        Self {
            incoming,
            piece: Bytes::new(),
            ended: false,
            allowance: ROW_BYTES_MAX,
        }
    }

    /// A row begins: it may have so much, and not more.
    pub(crate) fn begin_row(&mut self) {
        self.allowance = ROW_BYTES_MAX;
    }

    fn fetch(&mut self) -> io::Result<()> {
        while self.piece.is_empty() && !self.ended {
            match self.incoming.blocking_recv() {
                Some(Piece::Data(data)) => self.piece = data,
                Some(Piece::End) => {
                    self.piece = Bytes::from_static(b"\n");
                    self.ended = true;
                }
                None => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        Ok(())
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
