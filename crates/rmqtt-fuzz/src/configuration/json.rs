//! JSON against a reader of JSON that other people wrote.

use rmqtt_keys::{Problems, Written};
use serde_json::Value;

/// What is read as JSON is JSON. The other way round is not asked for: keys that are written twice
/// and very deep nesting are JSON, and refused.
pub(super) fn check(text: &str, read: &Result<Written, Problems>) {
    let Ok(written) = read else { return };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => {
            let top_level = written.iter().filter(|(path, _)| path.parts().len() == 1).count();
            assert_eq!(top_level, object.len(), "{text:?}");
        }
        Ok(other) => assert!(other.is_null() && written.is_empty(), "{text:?}"),
        Err(error) => assert!(written.is_empty(), "{text:?} is no JSON: {error}"),
    }
}
