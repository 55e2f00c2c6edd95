use std::ops::RangeInclusive;

use events::contact::Profile as ProfileMessage;

use crate::{
    InvalidText, MemberNumber, external_id::is_email_address, profile, search::fold_phone,
};

/// Of an extension, and of any number in the world with what is dialled before it.
const PHONE_DIGITS: RangeInclusive<usize> = 3..=20;

/// What somebody wants to be known of a person from now on.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    display_name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    member_number: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProfile {
    #[error("can't be changed; display_name, phone, email and member_number can")]
    UnknownField,
    #[error("is no email address")]
    Email,
    #[error("is no phone number: write 3 to 20 digits, with +, -, . and () where you like")]
    Phone,
    #[error(transparent)]
    Text(#[from] InvalidText),
}

impl ProfileChange {
    /// Takes a field in; an empty text takes away what was known.
    ///
    /// By the rules of imports and stricter: a file comes as it is, and who types is there to ask.
    pub fn set(&mut self, field: &str, text: &str) -> Result<(), InvalidProfile> {
        let (place, text) = match field {
            "display_name" => (&mut self.display_name, profile::display_name(text)?),
            "phone" => (&mut self.phone, phone(text)?),
            "email" => (&mut self.email, email(text)?),
            "member_number" => {
                let number = MemberNumber::parse(text)?;
                let number = number.map(|number| number.as_str().to_owned());
                (&mut self.member_number, number.unwrap_or_default())
            }
            _ => return Err(InvalidProfile::UnknownField),
        };
        *place = Some(text);
        Ok(())
    }

    /// The profile afterwards. `None`: it is so already.
    #[must_use]
    pub fn apply(&self, known: &ProfileMessage) -> Option<ProfileMessage> {
        let or_known = |change: &Option<String>, known: &str| {
            let text = change.as_deref().unwrap_or(known);
            text.to_owned()
        };
        let changed = ProfileMessage {
            external_id: known.external_id.clone(),
            display_name: or_known(&self.display_name, &known.display_name),
            phone: or_known(&self.phone, &known.phone),
            email: or_known(&self.email, &known.email),
            member_number: or_known(&self.member_number, &known.member_number),
        };
        (changed != *known).then_some(changed)
    }
}

fn email(text: &str) -> Result<String, InvalidProfile> {
    let email = profile::email(text)?;
    if email.is_empty() || is_email_address(&email) {
        Ok(email)
    } else {
        Err(InvalidProfile::Email)
    }
}

fn phone(text: &str) -> Result<String, InvalidProfile> {
    let phone = profile::phone(text)?;
    if phone.is_empty() {
        return Ok(phone);
    }
    // Full-width as well, as Chinese keyboards write them.
    let folded = fold_phone(&phone);
    let digits = folded.trim_start_matches('+').len();
    if PHONE_DIGITS.contains(&digits) && !phone.chars().any(char::is_alphabetic) {
        Ok(phone)
    } else {
        Err(InvalidProfile::Phone)
    }
}

// It is personal data, so that none is ever printed.
impl std::fmt::Debug for ProfileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProfileChange").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_changes() {
        let known = ProfileMessage {
            external_id: "U1".to_owned(),
            display_name: "Mei".to_owned(),
            phone: "0988".to_owned(),
            ..ProfileMessage::default()
        };
        let mut change = ProfileChange::default();
        assert_eq!(change.apply(&known), None);
        change.set("phone", " ").unwrap();
        change.set("member_number", " M1 ").unwrap();
        let changed = change.apply(&known).unwrap();
        assert_eq!(
            (changed.phone.as_str(), changed.member_number.as_str()),
            ("", "M1")
        );
        assert_eq!(
            (changed.external_id.as_str(), changed.display_name.as_str()),
            ("U1", "Mei")
        );
        assert_eq!(change.apply(&changed), None);
    }

    #[test]
    fn what_an_import_refuses_is_refused() {
        let mut change = ProfileChange::default();
        let too_long = InvalidProfile::Text(InvalidText::TooLong(100));
        assert_eq!(change.set("display_name", &"n".repeat(101)), Err(too_long));
        let control = InvalidProfile::Text(InvalidText::Control);
        assert_eq!(change.set("email", "a\0b"), Err(control));
        assert_eq!(change.set("tags", "a"), Err(InvalidProfile::UnknownField));
    }

    #[test]
    fn what_can_be_neither_called_nor_written_to_is_refused() {
        let mut change = ProfileChange::default();
        for phone in [
            "",
            "119",
            "+886 912-345-678",
            "(02) 2345.6789",
            "０９１２３４５６７８",
        ] {
            assert_eq!(change.set("phone", phone), Ok(()), "{phone}");
        }
        for phone in ["12", "call me", "0912 ext 3", "+", &"1".repeat(21)] {
            let refused = change.set("phone", phone);
            assert_eq!(refused, Err(InvalidProfile::Phone), "{phone}");
        }
        for email in ["", "mei@shop.example", " a.b+c@x.co "] {
            assert_eq!(change.set("email", email), Ok(()), "{email}");
        }
        for email in [
            "mei",
            "mei@",
            "mei@shop",
            "me i@shop.example",
            "@shop.example",
        ] {
            let refused = change.set("email", email);
            assert_eq!(refused, Err(InvalidProfile::Email), "{email}");
        }
    }
}
