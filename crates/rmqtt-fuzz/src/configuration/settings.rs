//! What written values mean to the broker.

use std::path::Path;

use rmqtt_conf::{Options, Settings};
use rmqtt_keys::Written;

use super::complaints;

/// The variable that a text says. As in an environment, neither name nor value has a U+0000.
pub(super) fn variable(text: &str) -> (String, String) {
    let text = text.replace('\0', "");
    let (name, value) = text.split_once('=').unwrap_or((&text, ""));
    (name.to_owned(), value.to_owned())
}

/// They are settings, or problems; settings that are printed and read again are the same.
pub(super) fn check(written: &Written) {
    let read = match Settings::read_written(written, &Options::default()) {
        Ok(read) => read,
        Err(problems) => {
            complaints::check_meaning(&problems, written);
            return;
        }
    };
    for warning in &read.warnings {
        let shown = warning.to_string();
        assert!(!shown.contains('\n'), "{shown:?} is one line");
    }
    let printed = read.effective.to_string();
    let again = Settings::from_toml(&printed, Path::new("printed.toml"));
    let again = again.unwrap_or_else(|problems| panic!("{printed}\nis refused:\n{problems}"));
    assert_eq!(again, read.value, "what is printed means the same:\n{printed}");
}
