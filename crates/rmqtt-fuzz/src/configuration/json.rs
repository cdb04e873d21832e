//! JSON against a reader of JSON that other people wrote.

use rmqtt_keys::{Problems, Written};
use serde_json::Value;

/// What is JSON is read as what it says. Our reader refuses keys that are written twice, and reads
/// some of YAML besides, which a writer of JSON does not miss.
pub(super) fn check(text: &str, read: &Result<Written, Problems>) {
    let Ok(Value::Object(object)) = serde_json::from_str(text) else { return };
    match read {
        Ok(written) => {
            let top_level = written.iter().filter(|(path, _)| path.parts().len() == 1);
            let top_level: Vec<&str> = top_level.map(|(path, _)| path.last()).collect();
            assert_eq!(top_level.len(), object.len(), "{text:?}");
            assert!(top_level.iter().all(|key| object.contains_key(*key)), "{text:?}");
        }
        Err(problems) => {
            let is_double = |message: &str| message.ends_with("is written twice");
            let other = problems.iter().find(|problem| !is_double(&problem.message));
            assert!(other.is_none(), "{text:?} is refused: {problems}");
        }
    }
}
