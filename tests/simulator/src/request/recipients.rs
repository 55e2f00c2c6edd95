use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    refusal::{Detail, Refusal},
    user_id::UserId,
};

const RECIPIENTS_MAX: usize = 500;

/// The recipient of a push. Groups and rooms are not simulated.
pub(crate) fn one(to: &RawValue) -> Result<UserId, Refusal> {
    let Slot(user) = parse(to, "'to'")?;
    user.ok_or_else(|| Refusal::invalid_property("'to'"))
}

/// The recipients of a multicast; the first that is no user id is named.
pub(crate) fn many(to: &RawValue) -> Result<Vec<UserId>, Refusal> {
    let slots: Vec<Slot> = parse(to, "to")?;
    if slots.is_empty() || slots.len() > RECIPIENTS_MAX {
        let detail = Detail::new("to", format!("Size must be between 1 and {RECIPIENTS_MAX}"));
        return Err(Refusal::details(vec![detail]));
    }
    slots
        .iter()
        .enumerate()
        .map(|(at, Slot(user))| user.ok_or_else(|| not_a_user(at)))
        .collect()
}

pub(crate) fn not_a_user(at: usize) -> Refusal {
    Refusal::invalid_property(&format!("to[{at}]"))
}

fn parse<'a, T: Deserialize<'a>>(to: &'a RawValue, name: &str) -> Result<T, Refusal> {
    serde_json::from_str(to.get()).map_err(|_| Refusal::invalid_property(name))
}

/// One element of `to`, read without copying its text.
struct Slot(Option<UserId>);

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SlotVisitor)
    }
}

struct SlotVisitor;

impl<'de> Visitor<'de> for SlotVisitor {
    type Value = Slot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Slot, E> {
        Ok(Slot(UserId::parse(text)))
    }

    fn visit_unit<E>(self) -> Result<Slot, E> {
        Ok(Slot(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Slot, E> {
        Ok(Slot(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Slot, E> {
        Ok(Slot(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Slot, E> {
        Ok(Slot(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Slot, E> {
        Ok(Slot(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Slot, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Slot(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Slot, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Slot(None))
    }
}
