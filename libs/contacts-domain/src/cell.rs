//! Cells of CSV files that spreadsheets would take for formulas.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break, or with the full-width form of
//! a sign, can make a spreadsheet run what a stranger has written as a name. An export puts `'`
//! before it, which spreadsheets take for "this is text", and an import takes that away again. A
//! cell that has the mark by itself gets another, so that nothing is lost on the way.

use std::borrow::Cow;

const MARK: char = '\'';
const DANGEROUS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The cell as an export writes it.
#[must_use]
pub fn harmless_cell(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches(MARK).starts_with(DANGEROUS) {
        Cow::Owned(format!("{MARK}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The cell as it was before [`harmless_cell`].
#[must_use]
pub fn original_cell(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(text) if text.trim_start_matches(MARK).starts_with(DANGEROUS) => text,
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_formula_becomes_a_text() {
        for text in [
            "=1+1", "+886912", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1",
        ] {
            let cell = harmless_cell(text);
            assert!(cell.starts_with('\''), "{text:?}");
            assert_eq!(original_cell(&cell), text);
        }
        for text in ["", "王小明", "'quoted'", "1-1", "a=b"] {
            assert_eq!(harmless_cell(text), text);
            assert_eq!(original_cell(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "['=+@a-]{0,6}") {
            let cell = harmless_cell(&text);
            prop_assert_eq!(original_cell(&cell), text.as_str());
            prop_assert!(!cell.starts_with(DANGEROUS));
        }
    }
}
