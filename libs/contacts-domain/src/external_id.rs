use events::common::Channel;

/// RFC 5321's limit of an address.
const EMAIL_BYTES_MAX: usize = 254;
/// E.164 allows 15 digits; the shortest numbers in use have 7.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Meta does not promise a length; 17 digits are seen.
const PAGE_SCOPED_ID_DIGITS_MAX: usize = 32;
/// Meta does not promise a length; 20 digits are seen.
const BUSINESS_SCOPED_ID_CHARS_MAX: usize = 128;

/// A channel's own id of a person, in the one form that the channel uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

/// What the id should have looked like. Never holds the id, which is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not {expected}")]
pub struct InvalidExternalId {
    pub expected: &'static str,
}

impl ExternalId {
    pub fn parse(channel: Channel, text: &str) -> Result<Self, InvalidExternalId> {
        let text = text.trim();
        let (valid, expected) = match channel {
            Channel::Line => (
                is_line_user_id(text),
                "a LINE user id: U and 32 hexadecimal digits in lower case",
            ),
            Channel::Messenger => (
                text.len() <= PAGE_SCOPED_ID_DIGITS_MAX && is_digits(text),
                "a page-scoped id: digits only",
            ),
            Channel::Whatsapp => (
                is_phone_number(text) || is_business_scoped_id(text),
                "a phone number with + and country code, digits only, or a business-scoped id such as US.134912",
            ),
            Channel::Email => (is_email_address(text), "an email address"),
            Channel::Unspecified => (false, "an id of a known channel"),
        };
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidExternalId { expected })
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

pub(crate) fn is_line_user_id(text: &str) -> bool {
    text.strip_prefix('U').is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        PHONE_DIGITS.contains(&digits.len()) && is_digits(digits) && !digits.starts_with('0')
    })
}

/// What WhatsApp gives instead of the number of those who hide it: a country, a point, letters and digits.
fn is_business_scoped_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, id)| {
        country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=BUSINESS_SCOPED_ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
    })
}

pub(crate) fn is_email_address(text: &str) -> bool {
    let sound =
        text.len() <= EMAIL_BYTES_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    sound
        && text.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains("..")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_form() {
        let line = "U05a99c00b975ff15c51fe48e9fac2f2a";
        let cases = [
            (Channel::Line, line, true),
            (Channel::Line, " U05a99c00b975ff15c51fe48e9fac2f2a ", true),
            (Channel::Line, "U05A99C00B975FF15C51FE48E9FAC2F2A", false),
            (Channel::Line, "C05a99c00b975ff15c51fe48e9fac2f2a", false),
            (Channel::Line, "U05a99c00", false),
            (Channel::Line, "", false),
            (Channel::Messenger, "705964121183020005", true),
            (Channel::Messenger, "70596412118302000x", false),
            (Channel::Whatsapp, "+886988346004", true),
            (Channel::Whatsapp, "886988346004", false),
            (Channel::Whatsapp, "+0988346004", false),
            (Channel::Whatsapp, "US.13491208655302741918", true),
            (Channel::Whatsapp, "us.13491208655302741918", false),
            (Channel::Whatsapp, "US.", false),
            (Channel::Email, "a@example.com", true),
            (Channel::Email, "a@example", false),
            (Channel::Email, "a b@example.com", false),
            (Channel::Unspecified, line, false),
        ];
        for (channel, text, valid) in cases {
            let parsed = ExternalId::parse(channel, text);
            assert_eq!(parsed.is_ok(), valid, "{channel:?} {text}");
        }
    }
}
