//! What shows that a key of the configuration does something: the real broker is started with two
//! values of it, and something that can be seen from outside differs.
//!
//! The documentation of the configuration names for each key the test that calls one of these
//! functions with it, so the key stands there as a literal.

mod file;
mod started;

use std::fmt::Debug;

pub use started::Started;

/// A value that stands for the key not being written at all.
pub const ABSENT: &str = "absent";

/// Starts the broker once with each value of the key, and compares what is observed of it with what
/// is expected. See [`shows_key_given`].
///
/// # Panics
/// As [`shows_key_given`].
pub fn shows_key<T: Debug + PartialEq>(
    key: &str,
    cases: [(&str, T); 2],
    observe: impl Fn(&mut Started) -> T,
) {
    shows_key_given(key, &[], cases, observe);
}

/// Starts the broker once with each value of the key, and with further keys, and compares what is
/// observed of it with what is expected.
///
/// The broker has one listener, `external`, on a free address of this machine, where everybody may
/// connect, and a data directory of its own; `further` and the key itself change or add to that.
///
/// * A key of the main file is its path, `listener.tcp.external.backlog`; one of a plugin's file has
///   the plugin's name before it, `rmqtt-retainer: max_payload_size`.
/// * A value is written as in TOML, text in its quotation marks, or is [`ABSENT`]. In it,
///   `{folder}` stands for the folder of this broker, `{address}` and `{port}` for where it
///   listens.
///
/// # Panics
/// If an observation is not the expected one, if both expected ones are the same, so that nothing is
/// shown, or if the broker does not start.
pub fn shows_key_given<T: Debug + PartialEq>(
    key: &str,
    further: &[(&str, &str)],
    cases: [(&str, T); 2],
    observe: impl Fn(&mut Started) -> T,
) {
    let [(_, first), (_, second)] = &cases;
    assert_ne!(first, second, "{key}: two values with one effect show nothing");
    for (value, expected) in cases {
        let mut started = Started::new(&[further, &[(key, value)]].concat());
        let observed = observe(&mut started);
        assert_eq!(observed, expected, "{key} = {value}; the broker said:\n{}", started.log());
    }
}

/// For a key of which this build can obey one value only: the broker starts with `accepted`, and with
/// `refused` it ends and says why.
///
/// # Panics
/// If it does not start with the one, or starts with the other, or does not say `reason`.
pub fn shows_key_refused(key: &str, accepted: &str, refused: &str, reason: &str) {
    drop(Started::new(&[(key, accepted)]));
    let said = Started::refusal(&[(key, refused)]);
    assert!(said.contains(reason), "{key} = {refused}: {reason:?} is expected, not {said:?}");
}
