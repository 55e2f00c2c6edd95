use bootstrap::PageTokens;
use tonic::Status;
use uuid::Uuid;

use crate::{queries::Cursor, status::invalid_page_token};

/// The tokens of one list: good for its team and its arguments only.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    pub(crate) pages: &'a PageTokens,
    pub(crate) team_id: Uuid,
    /// The method, and every argument but the page's own.
    pub(crate) fingerprint: String,
}

impl Tokens<'_> {
    /// Where a token says that the list goes on. An empty one: at the start.
    pub(crate) fn open(&self, token: &str) -> Result<Option<Vec<u8>>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let fingerprint = self.fingerprint.as_bytes();
        self.pages.open(self.team_id, fingerprint, token).map(Some)
    }

    pub(crate) fn open_key<K: Cursor>(&self, token: &str) -> Result<Option<K>, Status> {
        let cursor = self.open(token)?;
        cursor
            .map(|bytes| K::from_cursor(&bytes).ok_or_else(invalid_page_token))
            .transpose()
    }

    /// The token of the next page; empty after the last.
    pub(crate) fn seal(&self, next: Option<Vec<u8>>) -> String {
        let fingerprint = self.fingerprint.as_bytes();
        next.map(|cursor| self.pages.seal(self.team_id, fingerprint, &cursor))
            .unwrap_or_default()
    }
}
