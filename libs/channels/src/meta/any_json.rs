use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON, with names that a parser looks for.
pub(crate) fn any_json(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let words = [
        "text", "system", "failed", "button", "APPROVED", "TIER_10K", "",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        proptest::sample::select(words.as_slice().to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let field = (proptest::sample::select(names), inner.clone());
        let fields = proptest::collection::vec(field, 0..8).prop_map(|fields| {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            Value::Object(fields.collect::<Map<String, Value>>())
        });
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Value::Array),
            fields,
        ]
    })
}
