//! `[log]`

use std::fs;

use rmqtt_test::{Started, shows_key, shows_key_given};

const TO_FILE: (&str, &str) = ("log.to", "\"file\"");
const DIR: (&str, &str) = ("log.dir", "\"{folder}/log\"");

/// The names in a folder of the broker, in their order.
fn names(broker: &Started, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(broker.folder().join(folder)).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn owned<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

#[test]
fn lines_go_to_the_file_or_to_the_console_too() {
    let has_lines = |broker: &mut Started| {
        let file = broker.folder().join("log/rmqtt.log");
        // With an end in order, everything is written.
        broker.end();
        [!broker.log().is_empty(), !fs::read_to_string(file).unwrap().is_empty()]
    };
    shows_key_given(
        "log.to",
        &[DIR],
        [("\"file\"", [false, true]), ("\"both\"", [true, true])],
        has_lines,
    );
}

#[test]
fn what_is_less_severe_than_the_level_is_not_logged() {
    let is_ready = |broker: &mut Started| {
        broker.end();
        broker.log().contains("rmqttd is ready")
    };
    shows_key("log.level", [("\"info\"", true), ("\"warn\"", false)], is_ready);
}

#[test]
fn the_log_file_is_in_its_folder() {
    let files = |broker: &mut Started| ["a", "b"].map(|folder| names(broker, folder));
    shows_key_given(
        "log.dir",
        &[TO_FILE],
        [
            ("\"{folder}/a\"", [owned(["rmqtt.log"]), owned([])]),
            ("\"{folder}/b\"", [owned([]), owned(["rmqtt.log"])]),
        ],
        files,
    );
}

#[test]
fn the_log_file_has_its_name() {
    shows_key_given(
        "log.file",
        &[TO_FILE, DIR],
        [("\"a.log\"", owned(["a.log"])), ("\"b.log\"", owned(["b.log"]))],
        |broker| names(broker, "log"),
    );
}

#[test]
fn a_line_is_text_or_an_object() {
    let is_object = |broker: &mut Started| {
        let line = broker.wait_for_line("rmqttd is ready");
        line.starts_with('{') && line.ends_with('}')
    };
    shows_key("log.format", [("\"text\"", false), ("\"json\"", true)], is_object);
}

#[test]
fn timestamps_are_those_of_the_time_zone() {
    let offset = |broker: &mut Started| {
        let line = broker.wait_for_line("rmqttd is ready");
        let timestamp = line.split("\"timestamp\":\"").nth(1).unwrap().split('"').next().unwrap();
        timestamp[timestamp.len() - "+00:00".len()..].to_owned()
    };
    shows_key_given(
        "log.time_zone",
        &[("log.format", "\"json\"")],
        [("\"+08:00\"", "+08:00".to_owned()), ("\"utc\"", "+00:00".to_owned())],
        offset,
    );
}

#[test]
fn a_file_that_is_rotated_bears_its_day() {
    let is_dated = |broker: &mut Started| {
        let names = names(broker, "log");
        assert_eq!(names.len(), 1);
        names[0] != "rmqtt.log"
    };
    shows_key_given(
        "log.rotation",
        &[TO_FILE, DIR],
        [("\"never\"", false), ("\"daily\"", true)],
        is_dated,
    );
}

#[test]
fn as_many_rotated_files_are_kept_as_wanted() {
    let kept = |broker: &mut Started| {
        for day in 1..=4 {
            let name = format!("log/rmqtt.log.2020-01-0{day}");
            fs::write(broker.folder().join(name), "old\n").unwrap();
        }
        broker.restart();
        names(broker, "log").len()
    };
    shows_key_given(
        "log.max_files",
        &[TO_FILE, DIR, ("log.rotation", "\"daily\"")],
        [("2", 2), ("3", 3)],
        kept,
    );
}
