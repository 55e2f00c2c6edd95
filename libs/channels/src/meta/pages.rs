use serde_json::Value;

use super::{
    graph::{Account, CallError},
    json::text_at,
};

const PAGE_LENGTH: &str = "100";
/// A verified business has at most 6,000 templates.
const PAGES_MAX: usize = 1_000;

impl Account {
    /// Every item of a list, page after page.
    pub(crate) async fn all(&self, path: &str, fields: &str) -> Result<Vec<Value>, CallError> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![("fields", fields), ("limit", PAGE_LENGTH)];
            query.extend(after.as_deref().map(|after| ("after", after)));
            let mut page = self.get(path, &query).await?;
            let Value::Array(data) = page["data"].take() else {
                return Err(CallError::Unreadable);
            };
            items.extend(data);
            let next = text_at(&page, "/paging/cursors/after");
            // There is a cursor on the last page as well, but no next page.
            if page.pointer("/paging/next").is_none() {
                return Ok(items);
            }
            if next.is_none() || next == after {
                break;
            }
            after = next;
        }
        Err(CallError::Endless)
    }
}
