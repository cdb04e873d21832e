//! What is wrong is said with its place, on one line.

use std::path::Path;
use std::sync::Arc;

use rmqtt_keys::{Place, Problem, Problems, Written};

/// Every value that was read stands on a line of the text.
pub(super) fn check_places(written: &Written, text: &str, file: &Arc<Path>) {
    for (path, entry) in written.iter() {
        assert!(is_line_of(&entry.place, text, file), "{path:?} at {:?}", entry.place);
    }
}

/// Text that cannot be read: each problem has its line, and there is one.
pub(super) fn check_syntax(problems: &Problems, text: &str, file: &Arc<Path>) {
    assert!(!problems.is_empty());
    for problem in problems.iter() {
        let place = problem.place.as_ref().expect("what is in a file has its place");
        assert!(is_line_of(place, text, file), "{problem} at {place:?}");
        check_one(problem);
    }
}

/// Values that mean nothing, or too much: each problem names its key, and the place unless nothing
/// was written.
pub(super) fn check_meaning(problems: &Problems, written: &Written) {
    assert!(!problems.is_empty());
    for problem in problems.iter() {
        let key = problem.key.as_ref().expect("what has a meaning has a key");
        let is_written = written.get(key).is_some();
        assert!(!is_written || problem.place.is_some(), "{problem} was written somewhere");
        check_one(problem);
    }
}

/// A list of problems is read line by line.
pub(super) fn check_one(problem: &Problem) {
    assert!(!problem.message.is_empty());
    let shown = problem.to_string();
    assert!(!shown.contains(['\n', '\r']), "{shown:?} is one line");
}

fn is_line_of(place: &Place, text: &str, file: &Arc<Path>) -> bool {
    let lines = 1 + text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    match place {
        Place::File { file: named, line } => named == file && (1..=lines).contains(line),
        Place::Environment(_) | Place::CommandLine(_) => false,
    }
}
