use std::{fmt, str::FromStr};

use super::{detail::without_people, phase::Phase, rules::find};
use crate::meta::{Outcome, Refusal};

/// RFC 3463: `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2, 4 or 5.
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

/// What a server said no with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub phase: Phase,
    /// 400 to 599.
    pub code: u16,
    pub enhanced: Option<EnhancedCode>,
    /// In the server's words, of which some may be somebody's address.
    pub text: String,
}

impl Reply {
    /// `text` as it came, the enhanced code with it.
    pub fn new(phase: Phase, code: u16, text: &str) -> Self {
        let first = text.split_whitespace().next().unwrap_or_default();
        let enhanced: Option<EnhancedCode> = first.parse().ok();
        // A class that contradicts the code says nothing.
        let enhanced = enhanced.filter(|it| u16::from(it.class) == code / 100);
        Self {
            phase,
            code,
            enhanced,
            text: text.to_owned(),
        }
    }
}

/// What a refusal means. The table is in the crate's README.
pub fn classify(reply: &Reply) -> Outcome {
    let rule = find(reply);
    let subcode = reply.enhanced.map(EnhancedCode::as_number);
    Outcome::Refused(Refusal {
        name: rule.name,
        action: rule.action,
        wait: rule.wait,
        code: Some(i64::from(reply.code)),
        subcode,
        detail: without_people(reply),
    })
}

impl EnhancedCode {
    /// 5.7.26 is 5,007,026: the parts have up to three digits.
    fn as_number(self) -> i64 {
        i64::from(self.class) * 1_000_000 + i64::from(self.subject) * 1_000 + i64::from(self.detail)
    }
}

impl FromStr for EnhancedCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let mut next = |digits_max: usize| -> Result<u16, ()> {
            let part = parts.next().ok_or(())?;
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            if part.is_empty() || part.len() > digits_max || !digits {
                return Err(());
            }
            part.parse().map_err(drop)
        };
        let (class, subject, detail) = (next(1)?, next(3)?, next(3)?);
        if parts.next().is_some() || !matches!(class, 2 | 4 | 5) {
            return Err(());
        }
        Ok(Self {
            class: u8::try_from(class).map_err(drop)?,
            subject,
            detail,
        })
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
