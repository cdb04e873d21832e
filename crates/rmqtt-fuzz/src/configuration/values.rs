//! Values as they are shown.

use std::path::Path;
use std::sync::Arc;

use rmqtt_keys::{KeyPath, RawValue, Written};

/// A value is shown as TOML writes it, on one line: so TOML reads it as the same.
pub(super) fn check(written: &Written) {
    for (path, entry) in written.iter() {
        if !is_toml(&entry.value) {
            continue;
        }
        let shown = entry.value.to_string();
        assert!(!shown.contains('\n'), "{path:?} = {shown:?} is one line");
        let file: Arc<Path> = Arc::from(Path::new("shown.toml"));
        let read = Written::from_toml(&format!("shown = {shown}\n"), &file);
        let read = read.unwrap_or_else(|problems| panic!("{shown:?} is not TOML: {problems}"));
        let again = read.get(&KeyPath::from("shown")).expect("it was written");
        assert!(is_same(&again.value, &entry.value), "{:?} and {:?}", again.value, entry.value);
    }
}

/// Can TOML say it? It has no key without a value, and integers of 64 bits.
fn is_toml(value: &RawValue) -> bool {
    match value {
        RawValue::Integer(digits) => digits.parse::<i64>().is_ok(),
        RawValue::List(items) => items.iter().all(is_toml),
        RawValue::Section | RawValue::Nothing => false,
        RawValue::Text(_)
        | RawValue::Untyped(_)
        | RawValue::Float(_)
        | RawValue::Boolean(_)
        | RawValue::Datetime(_) => true,
    }
}

/// Not-a-number is the same as itself here.
fn is_same(one: &RawValue, other: &RawValue) -> bool {
    match (one, other) {
        (RawValue::Float(one), RawValue::Float(other)) => {
            one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
        }
        (RawValue::List(one), RawValue::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (one, other) => one == other,
    }
}
