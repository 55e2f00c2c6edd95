use crate::{
    InvalidText,
    text::{bounded, required},
};

const DISPLAY_NAME_CHARS_MAX: usize = 100;
const PHONE_CHARS_MAX: usize = 32;
const EMAIL_CHARS_MAX: usize = 254;
const MEMBER_NUMBER_CHARS_MAX: usize = 64;
const TAG_CHARS_MAX: usize = 50;

/// A word that a team puts on contacts: 1 to 50 characters, trimmed, without `|`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTag {
    #[error(transparent)]
    Text(#[from] InvalidText),
    #[error("has a |, which separates tags")]
    Separator,
}

impl Tag {
    pub fn parse(text: &str) -> Result<Self, InvalidTag> {
        let text = required(text, TAG_CHARS_MAX)?;
        if text.contains('|') {
            return Err(InvalidTag::Separator);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// The shop's own number of a person: what ties an order to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberNumber(String);

impl MemberNumber {
    /// `None` where there is none.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidText> {
        let text = bounded(text, MEMBER_NUMBER_CHARS_MAX)?;
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a team knows of a person, for its own lists. Each may be empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub display_name: String,
    pub phone: String,
    pub email: String,
    pub member_number: Option<MemberNumber>,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

pub(crate) fn display_name(text: &str) -> Result<String, InvalidText> {
    bounded(text, DISPLAY_NAME_CHARS_MAX).map(str::to_owned)
}

pub(crate) fn phone(text: &str) -> Result<String, InvalidText> {
    bounded(text, PHONE_CHARS_MAX).map(str::to_owned)
}

pub(crate) fn email(text: &str) -> Result<String, InvalidText> {
    bounded(text, EMAIL_CHARS_MAX).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_trimmed_and_bounded() {
        assert_eq!(
            Tag::parse(" vip ").map(Tag::into_string),
            Ok("vip".to_owned())
        );
        assert_eq!(Tag::parse(&"字".repeat(50)).map(|_| ()), Ok(()));
        let too_long = InvalidTag::Text(InvalidText::TooLong(50));
        assert_eq!(Tag::parse(&"字".repeat(51)), Err(too_long));
        assert_eq!(Tag::parse("  "), Err(InvalidTag::Text(InvalidText::Empty)));
        assert_eq!(Tag::parse("a|b"), Err(InvalidTag::Separator));
        assert_eq!(
            Tag::parse("a\0b"),
            Err(InvalidTag::Text(InvalidText::Control))
        );
    }

    #[test]
    fn an_empty_member_number_is_none() {
        assert_eq!(MemberNumber::parse("  "), Ok(None));
    }
}
