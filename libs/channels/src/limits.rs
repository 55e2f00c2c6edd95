use std::fmt;

use reqwest::Url;
use unicode_segmentation::UnicodeSegmentation as _;

/// Everything that is wrong with some content; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", joined(.0))]
pub struct ContentErrors(pub Vec<ContentError>);

/// One field that a channel would refuse, by the channel's name for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    #[error("{field} is empty")]
    Empty { field: String },
    #[error("{field} has {length} {unit}, more than {max}")]
    TooLong {
        field: String,
        length: usize,
        max: usize,
        unit: Unit,
    },
    #[error("{field} must be {min} to {max}, not {count}")]
    Count {
        field: String,
        count: usize,
        min: usize,
        max: usize,
    },
    #[error("{field} is not an https address in ASCII: {value}")]
    NotHttps { field: String, value: String },
    #[error("{field} is {value:?}, not {expected}")]
    Invalid {
        field: String,
        value: String,
        expected: String,
    },
}

/// What a length is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Code points: where Meta says characters.
    Characters,
    /// What LINE counts, where it says nothing else.
    Utf16,
    /// What LINE counts in labels and templates: what people see as one character.
    Graphemes,
    Bytes,
}

impl Unit {
    pub(crate) fn length(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Graphemes => text.graphemes(true).count(),
            Self::Bytes => text.len(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Characters => "characters",
            Self::Utf16 => "UTF-16 units",
            Self::Graphemes => "grapheme clusters",
            Self::Bytes => "bytes",
        })
    }
}

/// Collects everything that is wrong, not only the first.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<ContentError>);

impl Checks {
    pub(crate) fn done(self) -> Result<(), ContentErrors> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(ContentErrors(self.0))
    }

    pub(crate) fn add(&mut self, error: ContentError) {
        self.0.push(error);
    }

    /// Not empty and not too long.
    pub(crate) fn text(&mut self, field: &str, text: &str, max: usize) {
        self.text_in(Unit::Characters, field, text, max);
    }

    /// The same, in what this channel counts in.
    pub(crate) fn text_in(&mut self, unit: Unit, field: &str, text: &str, max: usize) {
        if text.is_empty() {
            return self.add(ContentError::Empty {
                field: field.to_owned(),
            });
        }
        self.at_most_in(unit, field, text, max);
    }

    pub(crate) fn at_most(&mut self, field: &str, text: &str, max: usize) {
        self.at_most_in(Unit::Characters, field, text, max);
    }

    pub(crate) fn at_most_in(&mut self, unit: Unit, field: &str, text: &str, max: usize) {
        let length = unit.length(text);
        if length > max {
            self.add(ContentError::TooLong {
                field: field.to_owned(),
                length,
                max,
                unit,
            });
        }
    }

    pub(crate) fn count(&mut self, field: &str, count: usize, min: usize, max: usize) {
        if !(min..=max).contains(&count) {
            self.add(ContentError::Count {
                field: field.to_owned(),
                count,
                min,
                max,
            });
        }
    }

    /// Everything that is not ASCII has to be percent-encoded by whoever made the address.
    pub(crate) fn https(&mut self, field: &str, url: &str) {
        if url.is_empty() {
            return self.add(ContentError::Empty {
                field: field.to_owned(),
            });
        }
        let https = url.starts_with("https://")
            && url.bytes().all(|byte| byte.is_ascii_graphic())
            && Url::parse(url).is_ok();
        if !https {
            self.add(ContentError::NotHttps {
                field: field.to_owned(),
                value: url.to_owned(),
            });
        }
    }

    pub(crate) fn require(&mut self, ok: bool, field: &str, value: &str, expected: &str) {
        if !ok {
            self.add(ContentError::Invalid {
                field: field.to_owned(),
                value: value.to_owned(),
                expected: expected.to_owned(),
            });
        }
    }
}

fn joined(errors: &[ContentError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}
