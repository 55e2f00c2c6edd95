use std::fmt;

use uuid::Uuid;

const PREFIX: &str = "fanfare:1:";

/// Names a person of a chunk to a channel that sends it back with what became of the message. It says nothing
/// about the person to anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Correlation {
    pub chunk_id: Uuid,
    /// From 0, within the chunk.
    pub place: u32,
}

impl Correlation {
    /// `None`: it was not sent by us, or is of a form that we do not write.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (chunk_id, place) = text.strip_prefix(PREFIX)?.split_once(':')?;
        let parsed = Self {
            chunk_id: Uuid::parse_str(chunk_id).ok()?,
            place: place.parse().ok()?,
        };
        // Only as it is written: whoever compares texts finds the same as who compares what they say.
        (parsed.to_string() == text).then_some(parsed)
    }
}

impl fmt::Display for Correlation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}:{}", self.chunk_id, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let correlation = Correlation {
            chunk_id: Uuid::from_u128(7),
            place: 42,
        };
        let text = correlation.to_string();
        assert_eq!(text, "fanfare:1:00000000-0000-0000-0000-000000000007:42");
        assert_eq!(Correlation::parse(&text), Some(correlation));
    }

    #[test]
    fn what_others_wrote_is_not_ours() {
        for text in [
            "",
            "fanfare:1:",
            "fanfare:2:00000000-0000-0000-0000-000000000007:42",
            "fanfare:1:00000000-0000-0000-0000-000000000007",
            "fanfare:1:00000000-0000-0000-0000-000000000007:",
            "fanfare:1:00000000-0000-0000-0000-000000000007:042",
            "fanfare:1:00000000-0000-0000-0000-000000000007:+42",
            "fanfare:1:00000000-0000-0000-0000-000000000007:-1",
            "fanfare:1:00000000-0000-0000-0000-000000000007:4294967296",
            "fanfare:1:00000000000000000000000000000007:42",
            "fanfare:1:00000000-0000-0000-0000-000000000007:42 ",
        ] {
            assert_eq!(Correlation::parse(text), None, "{text}");
        }
    }
}
