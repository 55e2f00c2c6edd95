use events::contact::Profile as ProfileMessage;

use crate::{InvalidText, MemberNumber, profile};

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
    #[error(transparent)]
    Text(#[from] InvalidText),
}

impl ProfileChange {
    /// Takes a field in; an empty text takes away what was known. By the same rules as imports.
    pub fn set(&mut self, field: &str, text: &str) -> Result<(), InvalidProfile> {
        let (place, text) = match field {
            "display_name" => (&mut self.display_name, profile::display_name(text)?),
            "phone" => (&mut self.phone, profile::phone(text)?),
            "email" => (&mut self.email, profile::email(text)?),
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
}
