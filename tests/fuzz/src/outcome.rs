//! What became of an input, without its words and numbers: an input that became something new is worth spoiling further.

use std::fmt::{self, Debug, Write};

use xxhash_rust::xxh3::Xxh3;

struct Shape {
    hash: Xxh3,
    in_quotes: bool,
    escaped: bool,
}

impl Write for Shape {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            let escaped = self.escaped;
            self.escaped = byte == b'\\' && !escaped;
            if byte == b'"' && !escaped {
                self.in_quotes = !self.in_quotes;
            } else if !self.in_quotes && !byte.is_ascii_digit() {
                self.hash.update(&[byte]);
            }
        }
        Ok(())
    }
}

pub(crate) fn shape(outcome: &dyn Debug) -> u64 {
    let mut shape = Shape {
        hash: Xxh3::new(),
        in_quotes: false,
        escaped: false,
    };
    match write!(shape, "{outcome:?}") {
        Ok(()) | Err(fmt::Error) => {}
    }
    shape.hash.digest()
}
