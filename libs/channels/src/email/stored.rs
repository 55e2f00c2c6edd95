use serde::{Deserialize, Serialize};

use super::{
    address::EmailAddress,
    checks::check_content,
    message::{MailContent, Sender},
};
use crate::limits::{Checks, ContentError, ContentErrors, Unit};

/// Of a part. What a mail may have leaves room for the preheader and for everybody's own link.
const WRITTEN_BYTES_MAX: usize = 1_000_000;
/// Of what lists of mail show none has room for more.
const PREHEADER_CHARS_MAX: usize = 200;
/// Hidden, and followed by so much of nothing that no list shows what comes after it.
const HIDDEN: &str = "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">";
const NOTHING: &str = "&#847;&zwnj;&nbsp;";
const NOTHINGS: usize = 60;

/// A mail as it was written, once for everybody. Made of the same it is always the same text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenMail {
    pub subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    pub text: String,
    pub html: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

impl WrittenMail {
    /// All that is wrong with it, by field.
    pub fn check(&self) -> Result<(), ContentErrors> {
        let mut checks = Checks::default();
        if let Some(preheader) = &self.preheader {
            checks.text("preheader", preheader, PREHEADER_CHARS_MAX);
            let clean = !preheader.chars().any(char::is_control);
            let expected = "one line without control characters";
            checks.require(clean, "preheader", preheader, expected);
        }
        if let Some(reply_to) = &self.reply_to
            && let Err(error) = reply_to.parse::<EmailAddress>()
        {
            let expected = format!("an address: it {error}");
            checks.require(false, "reply_to", reply_to, &expected);
        }
        // What of the sender is checked is what was written.
        if let Ok(from) = "a@example.com".parse::<EmailAddress>() {
            let sender = Sender {
                return_path: from.clone(),
                from,
                from_name: self.from_name.clone(),
                reply_to: None,
                feedback_id: None,
            };
            if let Err(ContentErrors(errors)) = check_content(&self.content(), &sender) {
                let others = errors
                    .into_iter()
                    .filter(|error| !is_length_of_a_part(error));
                others.for_each(|error| checks.add(error));
            }
        }
        for (field, part) in [("text", &self.text), ("html", &self.html)] {
            checks.at_most_in(Unit::Bytes, field, part, WRITTEN_BYTES_MAX);
        }
        checks.done()
    }

    /// What everybody gets alike, with the preheader where programs look for it.
    pub fn content(&self) -> MailContent {
        let html = match &self.preheader {
            Some(preheader) => with_preheader(&self.html, preheader),
            None => self.html.clone(),
        };
        MailContent {
            subject: self.subject.clone(),
            text: self.text.clone(),
            html,
        }
    }

    /// Whom it comes from, where an account sends it.
    pub fn sender(&self, from: EmailAddress, return_path: EmailAddress) -> Sender {
        Sender {
            from,
            return_path,
            from_name: self.from_name.clone(),
            reply_to: self.reply_to.as_deref().and_then(|it| it.parse().ok()),
            feedback_id: None,
        }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// Told of what was written, and not of what is made of it.
fn is_length_of_a_part(error: &ContentError) -> bool {
    matches!(error, ContentError::TooLong { field, .. } if ["text", "html"].contains(&field.as_str()))
}

fn with_preheader(html: &str, preheader: &str) -> String {
    let hidden = format!(
        "{HIDDEN}{}{}</div>",
        escaped(preheader),
        NOTHING.repeat(NOTHINGS)
    );
    let at = after_body(html).unwrap_or_default();
    let (before, after) = html.split_at_checked(at).unwrap_or(("", html));
    format!("{before}{hidden}{after}")
}

/// Behind `<body …>`, if there is one.
fn after_body(html: &str) -> Option<usize> {
    let lower = html.to_ascii_lowercase();
    let body = lower.find("<body")?;
    let end = lower.get(body..)?.find('>')?;
    Some(body + end + 1)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> WrittenMail {
        WrittenMail {
            subject: "Spring".to_owned(),
            preheader: Some("a < b".to_owned()),
            text: "hi".to_owned(),
            html: "<html><BODY class=\"x\"><p>hi</p></BODY></html>".to_owned(),
            from_name: Some("Shop".to_owned()),
            reply_to: Some("ask@shop.example".to_owned()),
        }
    }

    #[test]
    fn what_was_written_comes_back_and_its_preheader_is_first() {
        let mail = mail();
        mail.check().unwrap();
        assert_eq!(WrittenMail::from_json(&mail.to_json()).unwrap(), mail);
        let html = mail.content().html;
        let (before, after) = html.split_once("a &lt; b").unwrap();
        assert_eq!(before, format!("<html><BODY class=\"x\">{HIDDEN}"));
        assert!(after.ends_with("</div><p>hi</p></BODY></html>"));
        let bare = WrittenMail {
            html: "<p>hi</p>".to_owned(),
            ..mail
        };
        assert!(bare.content().html.starts_with(HIDDEN));
    }

    #[test]
    fn all_that_is_wrong_is_told_by_field() {
        let wrong = WrittenMail {
            subject: String::new(),
            preheader: Some("a\nb".to_owned()),
            reply_to: Some("nobody".to_owned()),
            from_name: Some("a\r\nBcc: b@example.com".to_owned()),
            ..mail()
        };
        let ContentErrors(errors) = wrong.check().unwrap_err();
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let fields: Vec<&str> = told
            .iter()
            .filter_map(|error| error.split(' ').next())
            .collect();
        assert_eq!(fields, ["preheader", "reply_to", "subject", "from_name"]);
    }
}
