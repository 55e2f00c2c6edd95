use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer as _,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use super::columns::{Field, Mapping};

/// A line of a JSONL file. A key that is left out, or null, is empty.
#[derive(Default)]
pub(super) struct Object<'a> {
    pub(super) channel: Cow<'a, str>,
    pub(super) external_id: Cow<'a, str>,
    pub(super) display_name: Cow<'a, str>,
    pub(super) phone: Cow<'a, str>,
    pub(super) email: Cow<'a, str>,
    pub(super) member_number: Cow<'a, str>,
    pub(super) tags: Vec<String>,
    pub(super) subscribed_at: Cow<'a, str>,
    pub(super) last_interaction_at: Cow<'a, str>,
}

/// Or the column, from 1, where it is not what it should be.
pub(super) fn parse_object<'a>(line: &'a [u8], mapping: &Mapping) -> Result<Object<'a>, usize> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let object = deserializer.deserialize_map(Keys(mapping));
    object
        .and_then(|object| deserializer.end().map(|()| object))
        .map_err(|error| error.column().max(1))
}

struct Keys<'m>(&'m Mapping);

/// A text without a copy, where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Option<Cow<'a, str>>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::default();
        let mut seen = Vec::with_capacity(9);
        while let Some(Key(key)) = map.next_key()? {
            let Some(field) = self.0.field(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if seen.contains(&field) {
                return Err(A::Error::custom("a field stands there twice"));
            }
            seen.push(field);
            if field == Field::Tags {
                object.tags = map.next_value::<Option<Vec<String>>>()?.unwrap_or_default();
            } else if let Some(text) = object.text(field) {
                let Text(value) = map.next_value()?;
                *text = value.unwrap_or_default();
            }
        }
        Ok(object)
    }
}

impl<'a> Object<'a> {
    fn text(&mut self, field: Field) -> Option<&mut Cow<'a, str>> {
        match field {
            Field::Channel => Some(&mut self.channel),
            Field::ExternalId => Some(&mut self.external_id),
            Field::DisplayName => Some(&mut self.display_name),
            Field::Phone => Some(&mut self.phone),
            Field::Email => Some(&mut self.email),
            Field::MemberNumber => Some(&mut self.member_number),
            Field::SubscribedAt => Some(&mut self.subscribed_at),
            Field::LastInteractionAt => Some(&mut self.last_interaction_at),
            Field::Tags => None,
        }
    }
}
