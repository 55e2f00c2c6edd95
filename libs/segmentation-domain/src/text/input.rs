use winnow::{
    error::ParserError,
    stream::{Stateful, Stream as _},
};

use crate::FilterError;

/// Around one condition. A filter of the deepest nesting needs less.
const PARENTHESES_MAX: usize = 32;
/// Before ranges are put together: more than any filter within the limits has.
const CONDITIONS_MAX: usize = 2_500;

/// The text that is left, and what has been met on the way.
pub(super) type Input<'a> = Stateful<&'a str, Met>;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Met {
    parentheses: usize,
    conditions: usize,
}

pub(super) type Parsed<T> = Result<T, SyntaxError>;

#[derive(Debug)]
pub(super) struct SyntaxError {
    /// The bytes that were left where it was found.
    pub(super) rest: usize,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl SyntaxError {
    pub(super) fn expected(input: &Input<'_>, what: &str) -> Self {
        let found = match input.input.chars().next() {
            Some(found) => format!("{found:?}"),
            None => "the end".to_owned(),
        };
        Self::new(
            input.eof_offset(),
            "FILTER_SYNTAX",
            format!("expected {what}, found {found}"),
        )
    }

    pub(super) fn new(rest: usize, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            rest,
            reason,
            message: message.into(),
        }
    }

    /// What is wrong with a value that began with `rest` bytes left.
    pub(super) fn value(rest: usize, error: FilterError) -> Self {
        Self::new(rest, error.reason, error.message)
    }
}

impl<'a> ParserError<Input<'a>> for SyntaxError {
    type Inner = Self;

    fn from_input(input: &Input<'a>) -> Self {
        Self::expected(input, "something else")
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl Met {
    pub(super) fn open(&mut self, rest: usize) -> Parsed<()> {
        self.parentheses += 1;
        if self.parentheses > PARENTHESES_MAX {
            let message = format!("more than {PARENTHESES_MAX} parentheses are open");
            return Err(SyntaxError::new(rest, "NESTED_TOO_DEEP", message));
        }
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.parentheses = self.parentheses.saturating_sub(1);
    }

    pub(super) fn condition(&mut self, rest: usize) -> Parsed<()> {
        self.conditions += 1;
        if self.conditions > CONDITIONS_MAX {
            let message = format!("there are more than {CONDITIONS_MAX} conditions");
            return Err(SyntaxError::new(rest, "TOO_MANY_CONDITIONS", message));
        }
        Ok(())
    }
}
