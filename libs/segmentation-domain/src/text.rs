//! Filters as text: the crate's README says how it reads.

mod conditions;
mod input;
mod parse;
mod print;
mod tags;
mod times;
mod words;

use self::{input::SyntaxError, parse::parse};
use crate::{Filter, FilterError, TagRef, TextError, check::check};

impl Filter<TagRef> {
    /// Reads a filter's text; an empty one is everyone. What is read is [canonical](Self::canonical).
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let filter = parse(text).map_err(|error| error.at_column(text))?;
        match check(&filter) {
            Ok(()) => Ok(filter),
            Err(FilterError {
                path: _,
                reason,
                message,
            }) => Err(TextError {
                column: None,
                reason,
                message: format!("the filter {message}"),
            }),
        }
    }

    /// The filter as text, which reads as its [canonical](Self::canonical) form.
    #[must_use]
    pub fn to_text(&self) -> String {
        print::print(&self.clone().canonical())
    }
}

impl SyntaxError {
    fn at_column(self, text: &str) -> TextError {
        let before = text.len().saturating_sub(self.rest);
        let column = text.get(..before).unwrap_or(text).chars().count() + 1;
        TextError {
            column: Some(column),
            reason: self.reason,
            message: self.message,
        }
    }
}
