/// Why a piece of text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    #[error("is empty")]
    Empty,
    #[error("is longer than {0} characters")]
    TooLong(usize),
    #[error("has a control character, such as a line break or NUL")]
    Control,
}

/// Trims `text`, and bounds it in characters. Stores and screens choke on control characters.
pub(crate) fn bounded(text: &str, chars_max: usize) -> Result<&str, InvalidText> {
    let text = text.trim();
    if text.len() > chars_max && text.chars().count() > chars_max {
        return Err(InvalidText::TooLong(chars_max));
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidText::Control);
    }
    Ok(text)
}

/// As [`bounded`], and there has to be something.
pub(crate) fn required(text: &str, chars_max: usize) -> Result<&str, InvalidText> {
    match bounded(text, chars_max)? {
        "" => Err(InvalidText::Empty),
        text => Ok(text),
    }
}
