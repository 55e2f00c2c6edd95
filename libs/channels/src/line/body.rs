use std::collections::HashSet;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use super::names::{is_aggregation_unit, is_line_user_id};

/// People that one multicast can be for.
pub const RECIPIENTS_MAX: usize = 500;
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Why a body would be refused, or would send twice.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("a multicast is for 1 to {RECIPIENTS_MAX} people, not {count}")]
    Recipients { count: usize },
    #[error("to[{index}] is not a user id")]
    NotAUserId { index: usize },
    #[error("to[{index}] is in the list already")]
    Duplicate { index: usize },
    #[error("the aggregation unit is not 1 to 30 of A-Z, a-z, 0-9 and _")]
    AggregationUnit,
    #[error("the messages are not JSON")]
    Messages(#[source] serde_json::Error),
    #[error("the body has {bytes} bytes, more than {BODY_BYTES_MAX}")]
    TooLarge { bytes: usize },
}

/// The body of a multicast. The same arguments always make the same bytes.
///
/// `messages_json` is what [`messages_json`](super::messages_json) made.
pub fn multicast_body(
    user_ids: &[impl AsRef<str>],
    messages_json: &str,
    aggregation_unit: Option<&str>,
) -> Result<Bytes, BodyError> {
    let to = check_recipients(user_ids)?;
    body(to, messages_json, aggregation_unit)
}

/// The body of a push. The same arguments always make the same bytes.
pub fn push_body(
    user_id: &str,
    messages_json: &str,
    aggregation_unit: Option<&str>,
) -> Result<Bytes, BodyError> {
    check_recipients(&[user_id])?;
    body(user_id, messages_json, aggregation_unit)
}

fn body(
    to: impl Serialize,
    messages_json: &str,
    aggregation_unit: Option<&str>,
) -> Result<Bytes, BodyError> {
    if !aggregation_unit.is_none_or(is_aggregation_unit) {
        return Err(BodyError::AggregationUnit);
    }
    let body = Body {
        to,
        messages: serde_json::from_str(messages_json).map_err(BodyError::Messages)?,
        custom_aggregation_units: aggregation_unit.map(|unit| [unit]),
    };
    let body = serde_json::to_vec(&body).map_err(BodyError::Messages)?;
    if body.len() > BODY_BYTES_MAX {
        return Err(BodyError::TooLarge { bytes: body.len() });
    }
    Ok(Bytes::from(body))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, T> {
    to: T,
    messages: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_aggregation_units: Option<[&'a str; 1]>,
}

/// LINE does not say what a repeated id does, so there is none.
fn check_recipients(user_ids: &[impl AsRef<str>]) -> Result<Vec<&str>, BodyError> {
    let count = user_ids.len();
    if !(1..=RECIPIENTS_MAX).contains(&count) {
        return Err(BodyError::Recipients { count });
    }
    let mut seen = HashSet::with_capacity(count);
    for (index, user_id) in user_ids.iter().enumerate() {
        if !is_line_user_id(user_id.as_ref()) {
            return Err(BodyError::NotAUserId { index });
        }
        if !seen.insert(user_id.as_ref()) {
            return Err(BodyError::Duplicate { index });
        }
    }
    Ok(user_ids.iter().map(AsRef::as_ref).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "U00000000000000000000000000000001";
    const SECOND: &str = "U00000000000000000000000000000002";
    const MESSAGES: &str = r#"[{"type":"text","text":"hi"}]"#;

    #[test]
    fn the_bytes_are_fixed() {
        let body = multicast_body(&[SECOND, FIRST], MESSAGES, Some("spring")).unwrap();
        assert_eq!(
            body,
            format!(
                r#"{{"to":["{SECOND}","{FIRST}"],"messages":{MESSAGES},"customAggregationUnits":["spring"]}}"#
            )
        );
        let body = push_body(FIRST, MESSAGES, Some("spring")).unwrap();
        assert_eq!(
            body,
            format!(
                r#"{{"to":"{FIRST}","messages":{MESSAGES},"customAggregationUnits":["spring"]}}"#
            )
        );
        let body = multicast_body(&[FIRST], MESSAGES, None).unwrap();
        assert_eq!(
            body,
            format!(r#"{{"to":["{FIRST}"],"messages":{MESSAGES}}}"#)
        );
    }

    #[test]
    fn what_line_would_refuse_is_not_made() {
        let none: [&str; 0] = [];
        let error = multicast_body(&none, MESSAGES, None).unwrap_err();
        assert!(matches!(error, BodyError::Recipients { count: 0 }));
        let error = multicast_body(&[FIRST; 501], MESSAGES, None).unwrap_err();
        assert!(matches!(error, BodyError::Recipients { count: 501 }));
        let error = multicast_body(&[FIRST, "C1"], MESSAGES, None).unwrap_err();
        assert!(matches!(error, BodyError::NotAUserId { index: 1 }));
        let error = multicast_body(&[FIRST, SECOND, FIRST], MESSAGES, None).unwrap_err();
        assert!(matches!(error, BodyError::Duplicate { index: 2 }));
        let error = multicast_body(&[FIRST], MESSAGES, Some("a-b")).unwrap_err();
        assert!(matches!(error, BodyError::AggregationUnit));
        let error = multicast_body(&[FIRST], "[", None).unwrap_err();
        assert!(matches!(error, BodyError::Messages(_)));
        let large = format!("\"{}\"", "a".repeat(BODY_BYTES_MAX));
        let error = multicast_body(&[FIRST], &large, None).unwrap_err();
        assert!(matches!(error, BodyError::TooLarge { .. }));
    }
}
