/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct FilterError {
    /// For example `filter.all.filters[1].has_any_tag.tags[0]`.
    pub path: String,
    /// For machines, in capitals.
    pub reason: &'static str,
    pub message: String,
}

impl FilterError {
    /// An error of the filter itself; [`within`](Self::within) says where that filter is.
    pub(crate) fn here(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            reason,
            message: message.into(),
        }
    }

    /// The same error, seen from outside of `field`.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        if !self.path.is_empty() {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, field);
        self
    }
}

/// What is wrong with a filter's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*.column))]
pub struct TextError {
    /// In characters, from 1. `None` where it is the filter as a whole.
    pub column: Option<usize>,
    pub reason: &'static str,
    pub message: String,
}

fn place(column: Option<usize>) -> String {
    column.map_or_else(String::new, |column| format!("column {column}: "))
}
