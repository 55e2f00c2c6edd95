use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber as Parsed, PhoneNumberFormat, Region};

/// A number that can exist, as E.164 with its plus.
///
/// Without the plus WhatsApp takes a number for one of the business's own country.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("not a phone number; write it with + and the country code")]
    Unreadable,
    #[error("no number of its country looks like this")]
    Invalid,
    #[error("{0:?} is not the code of a country")]
    Region([u8; 2]),
}

impl PhoneNumber {
    /// Reads what people write. `region` (`TW`) is for numbers without a country code.
    pub fn parse(text: &str, region: Option<[u8; 2]>) -> Result<Self, PhoneError> {
        let region = match region {
            Some(code) => Some(region_of(code)?),
            None => None,
        };
        let parsed = Parsed::parse(text, region).map_err(|_| PhoneError::Unreadable)?;
        if !parsed.is_valid() {
            return Err(PhoneError::Invalid);
        }
        Ok(Self(parsed.format_as(PhoneNumberFormat::E164).into_owned()))
    }

    /// The number of somebody whom WhatsApp knows. It exists, whatever anybody's tables say.
    pub fn from_wa_id(wa_id: &str) -> Option<Self> {
        let digits = wa_id.len() <= 15 && wa_id.bytes().all(|byte| byte.is_ascii_digit());
        (digits && wa_id.len() >= 5).then(|| Self(format!("+{wa_id}")))
    }

    /// `+886912345678`
    pub fn as_e164(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn region_of(code: [u8; 2]) -> Result<Region, PhoneError> {
    let text = std::str::from_utf8(&code).map_err(|_| PhoneError::Region(code))?;
    let known = |region: &Region| {
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(*region)
            .is_some()
    };
    let region = text.parse().ok().filter(known);
    region.ok_or(PhoneError::Region(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_one_form() {
        for (text, region, expected) in [
            ("+886 912-345-678", None, "+886912345678"),
            ("0912 345 678", Some(*b"TW"), "+886912345678"),
            ("00 44 7400 123456", Some(*b"DE"), "+447400123456"),
            ("(650) 253-0000", Some(*b"US"), "+16502530000"),
            ("+1 650 253 0000", Some(*b"TW"), "+16502530000"),
            ("+39 02 1234 5678", None, "+390212345678"),
        ] {
            let number = PhoneNumber::parse(text, region).unwrap();
            assert_eq!(number.as_e164(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_exist_is_refused() {
        for (text, region, error) in [
            ("", None, PhoneError::Unreadable),
            ("hello", None, PhoneError::Unreadable),
            ("0912345678", None, PhoneError::Unreadable),
            ("+886 912 345", None, PhoneError::Invalid),
            ("+1 650 053 0000", None, PhoneError::Invalid),
            ("+999 123456789", None, PhoneError::Unreadable),
            ("0912345678", Some(*b"ZX"), PhoneError::Region(*b"ZX")),
        ] {
            assert_eq!(PhoneNumber::parse(text, region), Err(error), "{text}");
        }
    }

    #[test]
    fn whatsapp_knows_its_own_people() {
        let number = PhoneNumber::from_wa_id("5215512345678").unwrap();
        assert_eq!(number.to_string(), "+5215512345678");
        for odd in [
            "",
            "+886912345678",
            "1234",
            "1234567890123456",
            "US.1234567",
        ] {
            assert_eq!(PhoneNumber::from_wa_id(odd), None, "{odd}");
        }
    }
}
