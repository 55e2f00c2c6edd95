use contacts_domain::{MemberNumber, fold_name, fold_phone};

use crate::FilterError;

const NAME_CHARS_MAX: usize = 100;
const PHONE_CHARS_MAX: usize = 32;
const EMAIL_CHARS_MAX: usize = 254;

/// Which statuses match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusFilter {
    Subscribed,
    Unsubscribed,
    Blocked,
    /// Whatever it is: matches everyone, and keeps a list from showing the subscribed only.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameKind {
    Whole,
    Prefix,
    Contains,
}

/// A name or a part of one, compared as [`fold_name`] has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameMatch {
    value: String,
    kind: NameKind,
}

impl NameMatch {
    pub fn try_new(value: &str, kind: NameKind) -> Result<Self, FilterError> {
        let value = bounded(value, NAME_CHARS_MAX)?;
        if fold_name(value).is_empty() {
            return Err(FilterError::here("EMPTY", "say which name"));
        }
        Ok(Self {
            value: value.to_owned(),
            kind,
        })
    }

    /// As it was given. Fold it before comparing.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    #[must_use]
    pub fn kind(&self) -> NameKind {
        self.kind
    }

    /// Whether `folded`, which [`fold_name`] has made, is such a name.
    #[must_use]
    pub fn matches(&self, folded: &str) -> bool {
        let value = fold_name(&self.value);
        match self.kind {
            NameKind::Whole => folded == value,
            NameKind::Prefix => folded.starts_with(&value),
            NameKind::Contains => folded.contains(&value),
        }
    }
}

/// A phone number as somebody writes it. Fold it before comparing.
pub fn phone(text: &str) -> Result<String, FilterError> {
    let text = bounded(text, PHONE_CHARS_MAX)?;
    if !fold_phone(text).bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(FilterError::here("PHONE_INVALID", "has no digit"));
    }
    Ok(text.to_owned())
}

/// An e-mail address as somebody writes it. Fold it before comparing.
pub fn email(text: &str) -> Result<String, FilterError> {
    match bounded(text, EMAIL_CHARS_MAX)? {
        "" => Err(FilterError::here("EMPTY", "say which address")),
        text => Ok(text.to_owned()),
    }
}

pub fn member_number(text: &str) -> Result<String, FilterError> {
    match MemberNumber::parse(text) {
        Ok(Some(number)) => Ok(number.as_str().to_owned()),
        Ok(None) => Err(FilterError::here("EMPTY", "say which member number")),
        Err(wrong) => Err(FilterError::here(
            "MEMBER_NUMBER_INVALID",
            wrong.to_string(),
        )),
    }
}

fn bounded(text: &str, chars_max: usize) -> Result<&str, FilterError> {
    let text = text.trim();
    if text.chars().count() > chars_max {
        let message = format!("is longer than {chars_max} characters");
        return Err(FilterError::here("TOO_LONG", message));
    }
    if text.chars().any(char::is_control) {
        return Err(FilterError::here(
            "CONTROL_CHARACTER",
            "has a control character, such as a line break",
        ));
    }
    Ok(text)
}
