//! Spoils JSON so that it stays JSON, most of the time.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

/// What is no JSON stays as it is.
pub(crate) fn spoil(input: &mut Vec<u8>, rng: &mut StdRng) {
    let Ok(mut body) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let mut paths = Vec::new();
    collect(&body, String::new(), &mut paths);
    let mut some = || paths.choose(rng).cloned().unwrap_or_default();
    let (path, other) = (some(), some());
    let copy = body.pointer(&other).cloned().unwrap_or_default();
    if let Some(node) = body.pointer_mut(&path) {
        change(node, copy, rng);
    }
    *input = body.to_string().into_bytes();
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(inner, format!("{path}/{key}"), paths);
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                collect(inner, format!("{path}/{at}"), paths);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    paths.push(path);
}

fn change(node: &mut Value, copy: Value, rng: &mut StdRng) {
    match (rng.random_range(0..6), &mut *node) {
        (0 | 1, Value::Object(fields)) => change_fields(fields, copy, rng),
        (0 | 1, Value::Array(items)) => change_items(items, copy, rng),
        (2, _) => *node = copy,
        (3, _) => *node = nested(node.take(), rng.random_range(1..200)),
        _ => *node = odd(rng),
    }
}

fn change_fields(fields: &mut Map<String, Value>, copy: Value, rng: &mut StdRng) {
    let at = rng.random_range(0..=fields.len());
    let key = fields.keys().nth(at).cloned().unwrap_or_default();
    let taken = fields.remove(&key);
    match rng.random_range(0..3) {
        0 => {}
        1 => drop(fields.insert(format!("{key}s"), taken.unwrap_or(copy))),
        _ => drop(fields.insert(key, copy)),
    }
}

fn change_items(items: &mut Vec<Value>, copy: Value, rng: &mut StdRng) {
    let times = rng.random_range(0..40);
    items.extend(std::iter::repeat_n(copy, times));
    if rng.random() {
        items.reverse();
    }
}

fn nested(value: Value, times: usize) -> Value {
    (0..times).fold(value, |inner, at| {
        if at % 2 == 0 {
            json!([inner])
        } else {
            json!({ "a": inner })
        }
    })
}

fn odd(rng: &mut StdRng) -> Value {
    match rng.random_range(0..14) {
        0 => Value::Null,
        1 => json!(rng.random::<bool>()),
        2 => json!(rng.random::<i64>()),
        3 => json!(rng.random::<u64>()),
        4 => json!(rng.random::<f64>() * 1e300),
        5 => json!(0),
        6 => json!(-1),
        7 => json!(""),
        8 => json!("\0\u{202e}😀\"\\"),
        9 => json!(rng.random::<u64>().to_string()),
        10 => json!("x".repeat(rng.random_range(0..5_000))),
        11 => json!([]),
        12 => json!({}),
        _ => json!([null, {}, [[]], "x", 1.5]),
    }
}
