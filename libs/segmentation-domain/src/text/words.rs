use winnow::{
    Parser as _,
    combinator::opt,
    stream::Stream as _,
    token::{any, literal, one_of, take_while},
};

use super::input::{Input, Parsed, SyntaxError};

/// Words that mean something of their own where a condition begins.
pub(super) const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];

/// A value as somebody wrote it.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    /// Where a star without a `\` before it stands, in bytes.
    pub(super) stars: Vec<usize>,
    pub(super) quoted: bool,
    /// The bytes that were left where it began.
    pub(super) rest: usize,
}

pub(super) fn spaces(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., char::is_whitespace)
        .void()
        .parse_next(input)
}

pub(super) fn is_end(input: &Input<'_>) -> bool {
    input.input.is_empty()
}

/// Takes `wanted` and the space after it, if it is next.
pub(super) fn symbol(input: &mut Input<'_>, wanted: &'static str) -> Parsed<bool> {
    let found = opt(literal(wanted)).parse_next(input)?.is_some();
    if found {
        spaces(input)?;
    }
    Ok(found)
}

/// Takes `wanted` as a whole word, and the space after it, if it is next.
pub(super) fn operator(input: &mut Input<'_>, wanted: &'static str) -> Parsed<bool> {
    if peek_name(input) != wanted {
        return Ok(false);
    }
    name(input)?;
    spaces(input)?;
    Ok(true)
}

/// The name of a field, or an operator; empty where none is next.
pub(super) fn name<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    take_while(0.., is_of_name).parse_next(input)
}

pub(super) fn peek_name<'a>(input: &Input<'a>) -> &'a str {
    let end = input.input.find(|c| !is_of_name(c));
    &input.input[..end.unwrap_or(input.input.len())]
}

fn is_of_name(character: char) -> bool {
    is_of_word(character) && character != ':'
}

/// Of a value without quotes: times have colons.
fn is_of_word(character: char) -> bool {
    !character.is_whitespace() && !r#"()"'\,=<>!"#.contains(character)
}

/// A value, in quotes or not, and the space after it. `what` says what it is a value of.
pub(super) fn word(input: &mut Input<'_>, what: &str) -> Parsed<Word> {
    let rest = input.eof_offset();
    let word = match opt(one_of(['"', '\''])).parse_next(input)? {
        Some(quote) => quoted(input, quote, rest)?,
        None => plain(input, what)?,
    };
    spaces(input)?;
    Ok(word)
}

fn plain(input: &mut Input<'_>, what: &str) -> Parsed<Word> {
    let rest = input.eof_offset();
    let text: &str = take_while(0.., is_of_word).parse_next(input)?;
    if text.is_empty() {
        return Err(SyntaxError::expected(input, what));
    }
    if OPERATORS.contains(&text) {
        let message =
            format!("expected {what}, found {text}; put it in quotes if you mean the word");
        return Err(SyntaxError::new(rest, "FILTER_SYNTAX", message));
    }
    Ok(Word {
        text: text.to_owned(),
        stars: text.match_indices('*').map(|(place, _)| place).collect(),
        quoted: false,
        rest,
    })
}

fn quoted(input: &mut Input<'_>, quote: char, rest: usize) -> Parsed<Word> {
    let mut text = String::new();
    let mut stars = Vec::new();
    loop {
        let open =
            || SyntaxError::new(rest, "FILTER_SYNTAX", format!("this {quote} is not closed"));
        let at = input.eof_offset();
        let character: Option<char> = opt(any).parse_next(input)?;
        match character.ok_or_else(open)? {
            '\\' => {
                let escaped: Option<char> =
                    opt(one_of(['"', '\'', '\\', '*'])).parse_next(input)?;
                let wrong = r"`\` comes before a quote, a backslash or a star";
                text.push(escaped.ok_or_else(|| SyntaxError::new(at, "FILTER_SYNTAX", wrong))?);
            }
            '*' => {
                stars.push(text.len());
                text.push('*');
            }
            character if character == quote => {
                return Ok(Word {
                    text,
                    stars,
                    quoted: true,
                    rest,
                });
            }
            character => text.push(character),
        }
    }
}

impl Word {
    /// For values that are compared as a whole.
    pub(super) fn without_star(self, what: &str) -> Parsed<Self> {
        if !self.quoted && !self.stars.is_empty() {
            let message =
                format!("{what} is compared as a whole; put it in quotes if it has a star");
            return Err(SyntaxError::new(self.rest, "FILTER_SYNTAX", message));
        }
        Ok(self)
    }
}
