use std::{mem, str};

use encoding_rs::{BIG5, Decoder, DecoderResult, Encoding, UTF_8, UTF_16LE};

/// What a file's owner says that its text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    /// By its byte order mark; without one UTF-8, or Big5 if it can't be that.
    Detected,
    Utf8,
    Big5,
    Utf16Le,
}

/// Bytes of a file on the way to UTF-8, however they are cut into pieces.
///
/// What is no text in the file's encoding becomes a byte that is none in UTF-8, so that only the row that
/// it is in is refused.
pub(crate) struct Text(Stage);

enum Stage {
    /// Too few bytes yet for a byte order mark.
    Beginning(TextEncoding, Vec<u8>),
    /// All ASCII so far, or held back from the first byte that is not.
    Undecided(Vec<u8>),
    Utf8,
    Decoding(Box<Decoder>),
}

const MARK_BYTES_MAX: usize = 3;
/// What UTF-8 and Big5 are told apart by.
const EVIDENCE_BYTES: usize = 64 * 1024;
/// In no UTF-8 text.
const NO_TEXT: u8 = 0xff;

impl Text {
    pub(crate) fn new(encoding: TextEncoding) -> Self {
        Self(Stage::Beginning(encoding, Vec::new()))
    }

    /// Takes the next bytes, and returns what is text by now.
    pub(crate) fn decode(&mut self, data: Vec<u8>) -> Vec<u8> {
        self.step(data, false)
    }

    /// There are no more bytes: returns the rest.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        self.step(Vec::new(), true)
    }

    fn step(&mut self, data: Vec<u8>, is_last: bool) -> Vec<u8> {
        match &mut self.0 {
            Stage::Beginning(encoding, held) => {
                held.extend_from_slice(&data);
                if held.len() < MARK_BYTES_MAX && !is_last {
                    return Vec::new();
                }
                let (encoding, held) = (*encoding, mem::take(held));
                let (stage, mark) = beginning(encoding, &held);
                self.0 = stage;
                self.step(held.get(mark..).unwrap_or_default().to_vec(), is_last)
            }
            Stage::Undecided(held) => {
                let mut data = data;
                let mut text = Vec::new();
                if held.is_empty() {
                    let ascii = data.iter().take_while(|byte| byte.is_ascii()).count();
                    *held = data.split_off(ascii);
                    text = data;
                } else {
                    held.extend_from_slice(&data);
                }
                if held.len() < EVIDENCE_BYTES && !is_last {
                    return text;
                }
                let held = mem::take(held);
                self.0 = decided(&held, is_last);
                text.extend(self.step(held, is_last));
                text
            }
            Stage::Utf8 => data,
            Stage::Decoding(decoder) => decode(decoder, &data, is_last),
        }
    }
}

/// How to go on, and the length of the byte order mark.
fn beginning(asked: TextEncoding, held: &[u8]) -> (Stage, usize) {
    let decoding = |encoding: &'static Encoding| {
        Stage::Decoding(Box::new(encoding.new_decoder_without_bom_handling()))
    };
    let marked = Encoding::for_bom(held);
    match (asked, marked) {
        (TextEncoding::Detected | TextEncoding::Utf8, Some((encoding, mark)))
            if encoding == UTF_8 =>
        {
            (Stage::Utf8, mark)
        }
        (TextEncoding::Detected, Some((encoding, mark))) => (decoding(encoding), mark),
        (TextEncoding::Detected, None) => (Stage::Undecided(Vec::new()), 0),
        (TextEncoding::Utf8, Some(_) | None) => (Stage::Utf8, 0),
        (TextEncoding::Big5, Some(_) | None) => (decoding(BIG5), 0),
        (TextEncoding::Utf16Le, Some((encoding, mark))) if encoding == UTF_16LE => {
            (decoding(UTF_16LE), mark)
        }
        (TextEncoding::Utf16Le, Some(_) | None) => (decoding(UTF_16LE), 0),
    }
}

/// A text in Big5 is hardly ever one in UTF-8; the other way round it often is.
fn decided(evidence: &[u8], is_whole: bool) -> Stage {
    let is_utf8 = match str::from_utf8(evidence) {
        Ok(_) => true,
        // The last character may be cut.
        Err(error) => error.error_len().is_none() && !is_whole,
    };
    let mut big5 = BIG5.new_decoder_without_bom_handling();
    let mut is_big5 = || !decode(&mut big5, evidence, is_whole).contains(&NO_TEXT);
    if !is_utf8 && is_big5() {
        Stage::Decoding(Box::new(BIG5.new_decoder_without_bom_handling()))
    } else {
        Stage::Utf8
    }
}

fn decode(decoder: &mut Decoder, mut data: &[u8], is_last: bool) -> Vec<u8> {
    let mut text = Vec::new();
    loop {
        let room = decoder
            .max_utf8_buffer_length_without_replacement(data.len())
            .unwrap_or(data.len());
        let begin = text.len();
        text.resize(begin + room, 0);
        let into = text.get_mut(begin..).unwrap_or_default();
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(data, into, is_last);
        text.truncate(begin + written);
        data = data.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return text,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => text.push(NO_TEXT),
        }
    }
}
