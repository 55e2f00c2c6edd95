//! What would make a mail unsendable, or something else than was meant.

use super::{
    limits::{HTML_BYTES_MAX, SUBJECT_CHARS_MAX},
    message::{MailContent, Sender},
};
use crate::meta::{Checks, ContentError, ContentErrors, Unit};

/// RFC 5322's line again: a name is in one header with its address.
const NAME_CHARS_MAX: usize = 200;
/// Gmail's own: four fields of at most 15 bytes, or a little more in practice.
const FEEDBACK_ID_CHARS_MAX: usize = 127;

/// Whether the content can be sent by this sender.
pub fn check_content(content: &MailContent, sender: &Sender) -> Result<(), ContentErrors> {
    let mut checks = Checks::default();
    checks.text("subject", &content.subject, SUBJECT_CHARS_MAX);
    one_line(&mut checks, "subject", &content.subject);
    for (field, part) in [("text", &content.text), ("html", &content.html)] {
        if part.trim().is_empty() {
            checks.add(ContentError::Empty {
                field: field.to_owned(),
            });
        }
        if part.len() > HTML_BYTES_MAX {
            checks.add(ContentError::TooLong {
                field: field.to_owned(),
                length: part.len(),
                max: HTML_BYTES_MAX,
                unit: Unit::Bytes,
            });
        }
        checks.require(!part.contains('\0'), field, "NUL", "text without NUL");
    }
    if let Some(name) = &sender.from_name {
        checks.text("from_name", name, NAME_CHARS_MAX);
        one_line(&mut checks, "from_name", name);
    }
    if let Some(id) = &sender.feedback_id {
        checks.text("feedback_id", id, FEEDBACK_ID_CHARS_MAX);
        let printable = id.bytes().all(|byte| byte.is_ascii_graphic());
        checks.require(
            printable,
            "feedback_id",
            id,
            "printable ASCII without spaces",
        );
    }
    checks.done()
}

/// A line's end would begin a header of whoever wrote the text.
fn one_line(checks: &mut Checks, field: &str, text: &str) {
    let clean = !text.chars().any(char::is_control);
    checks.require(clean, field, text, "one line without control characters");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: impl FnOnce(&mut MailContent, &mut Sender)) -> Vec<String> {
        let mut content = MailContent {
            subject: "Spring 春".to_owned(),
            text: "hi".to_owned(),
            html: "<p>hi</p>".to_owned(),
        };
        let mut sender = Sender {
            from: "shop@example.com".parse().unwrap(),
            from_name: Some("店".to_owned()),
            reply_to: None,
            return_path: "bounces@example.com".parse().unwrap(),
            feedback_id: Some("spring:shop:broadcast:fanfare".to_owned()),
        };
        change(&mut content, &mut sender);
        match check_content(&content, &sender) {
            Ok(()) => Vec::new(),
            Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named_with_its_limit() {
        assert!(wrong(|_, _| {}).is_empty());
        assert_eq!(
            wrong(|content, _| content.subject.clear()),
            ["subject is empty"]
        );
        assert_eq!(
            wrong(|content, _| content.subject = "春".repeat(999)),
            ["subject has 999 characters, more than 998"]
        );
        assert_eq!(
            wrong(|content, _| content.html = "a".repeat(HTML_BYTES_MAX + 1)),
            ["html has 1048577 bytes, more than 1048576"]
        );
        assert_eq!(
            wrong(|content, _| content.text = " ".to_owned()),
            ["text is empty"]
        );
        assert_eq!(
            wrong(|_, sender| sender.feedback_id = Some("a b".to_owned())),
            ["feedback_id is \"a b\", not printable ASCII without spaces"]
        );
    }

    #[test]
    fn a_line_s_end_begins_no_header() {
        let injected = "hi\r\nBcc: everybody@example.com";
        let expected = format!("{injected:?}, not one line without control characters");
        assert_eq!(
            wrong(|content, _| content.subject = injected.to_owned()),
            [format!("subject is {expected}")]
        );
        assert_eq!(
            wrong(|_, sender| sender.from_name = Some(injected.to_owned())),
            [format!("from_name is {expected}")]
        );
    }
}
