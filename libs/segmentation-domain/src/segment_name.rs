const CHARS_MAX: usize = 100;

/// What a team calls a segment: 1 to 100 characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentName(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSegmentName {
    #[error("is empty")]
    Empty,
    #[error("is longer than {CHARS_MAX} characters")]
    TooLong,
    #[error("has a control character, such as a line break")]
    Control,
}

impl SegmentName {
    pub fn parse(text: &str) -> Result<Self, InvalidSegmentName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidSegmentName::Empty);
        }
        if text.chars().count() > CHARS_MAX {
            return Err(InvalidSegmentName::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidSegmentName::Control);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}
