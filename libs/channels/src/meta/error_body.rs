use serde_json::Value;

use super::json::{number, text_at};

const DETAIL_CHARS_MAX: usize = 500;

/// What Graph says when it refuses: `{"error":{...}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) code: i64,
    pub(crate) subcode: Option<i64>,
    pub(crate) is_transient: bool,
    /// To be quoted when asking Meta about it.
    pub(crate) trace_id: Option<String>,
    text: String,
}

impl GraphError {
    /// `None` for what Graph does not send, such as a proxy's HTML page.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let error = body.get("error")?;
        Some(Self {
            code: number(&error["code"])?,
            subcode: number(&error["error_subcode"]),
            is_transient: error["is_transient"] == true,
            trace_id: text_at(error, "/fbtrace_id"),
            text: told(error),
        })
    }

    /// All of it in one line, for people.
    pub(crate) fn text(&self) -> String {
        let subcode = self.subcode.map(|it| format!("/{it}")).unwrap_or_default();
        format!("{}{subcode} {}", self.code, self.text)
    }

    /// The one error that a text must tell: without a code of its own, and all accounts have it.
    pub(crate) fn wants_proof(&self) -> bool {
        self.code == 100 && self.text.contains("appsecret_proof")
    }
}

/// The message, and what is more exact than the message.
pub(super) fn told(error: &Value) -> String {
    let parts = [
        "/message",
        "/title",
        "/error_user_msg",
        "/error_data/details",
    ];
    let mut said: Vec<&str> = Vec::new();
    for part in parts {
        match error.pointer(part).and_then(Value::as_str) {
            Some(text) if !text.is_empty() && !said.contains(&text) => said.push(text),
            Some(_) | None => {}
        }
    }
    said.join("; ").chars().take(DETAIL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_said_is_one_line() {
        let error = GraphError::parse(
            br#"{"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429,
                "error_data":{"messaging_product":"whatsapp","details":"Too fast."},
                "error_subcode":2494055,"is_transient":true,"fbtrace_id":"A1"}}"#,
        )
        .unwrap();
        assert_eq!(
            error.text(),
            "130429/2494055 (#130429) Rate limit hit; Too fast."
        );
        assert_eq!(error.trace_id.as_deref(), Some("A1"));
        assert!(error.is_transient);
    }

    #[test]
    fn what_graph_does_not_send_is_no_error_of_graphs() {
        for body in [
            "",
            "null",
            "[]",
            "<html></html>",
            r#"{"error":"no"}"#,
            r#"{"error":{"message":"no code"}}"#,
            r#"{"message":"another API"}"#,
        ] {
            assert_eq!(GraphError::parse(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_text_is_cut() {
        let body = format!(
            r#"{{"error":{{"code":1,"message":"{}"}}}}"#,
            "ü".repeat(9_000)
        );
        let error = GraphError::parse(body.as_bytes()).unwrap();
        assert_eq!(error.text().chars().count(), 2 + DETAIL_CHARS_MAX);
    }
}
