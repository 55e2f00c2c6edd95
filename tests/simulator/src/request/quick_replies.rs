use serde_json::Value;

use super::{
    messages::only,
    templates::{array, check_action, object, size},
};
use crate::refusal::{Detail, Refusal};

const ITEMS_MAX: usize = 13;

/// What stands under a message.
pub(super) fn check(
    at: &str,
    quick_reply: Option<&Value>,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    let Some(quick_reply) = quick_reply else {
        return Ok(());
    };
    let at = format!("{at}.quickReply");
    let quick_reply = object(&at, Some(quick_reply))?;
    only(&at, quick_reply, &["items"])?;
    let field = format!("{at}.items");
    let items = array(&field, quick_reply.get("items"))?;
    size(&field, items.len(), ITEMS_MAX, details);
    for (index, item) in items.iter().enumerate() {
        let at = format!("{field}[{index}]");
        let item = object(&at, Some(item))?;
        only(&at, item, &["type", "action"])?;
        let action = item.get("action").unwrap_or(&Value::Null);
        check_action(&format!("{at}.action"), action, details)?;
    }
    Ok(())
}
