//! Where lines of the log go, and what they look like.

use std::fs;
use std::net::TcpListener;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::daemon::Daemon;
use crate::home::{Home, OPEN_LISTENER};
use crate::manager::Manager;

/// The length of `2026-01-31 23:59:59.999`.
const TIME: usize = 23;

/// A home whose log file is `log/a.log`.
fn logging_to(target: &str, more: &str) -> (Manager, Home) {
    Manager::of(Home::with(&format!(
        "[log]\nto = \"{target}\"\ndir = \"log\"\nfile = \"a.log\"\n{more}\n{OPEN_LISTENER}"
    )))
}

/// What it says on standard error from its start to its end.
fn said_by(home: &(Manager, Home)) -> String {
    let mut daemon = home.0.start(&home.1);
    daemon.end();
    daemon.log()
}

fn is_whole(log: &str) -> bool {
    log.contains("rmqttd is ready") && log.ends_with("SIGTERM: shutting down")
}

#[test]
fn it_goes_to_the_console() {
    let home = logging_to("console", "");
    assert!(is_whole(&said_by(&home)));
    assert!(!home.1.path("log").exists());
}

#[test]
fn it_goes_to_a_file_whose_folder_is_made() {
    let home = logging_to("file", "");
    assert_eq!(said_by(&home), "");
    let written = home.1.read("log/a.log");
    assert!(is_whole(written.trim_end()), "{written}");
    assert!(written.contains("log: log/a.log\n"), "{written}");
    // The next one does not begin anew.
    said_by(&home);
    assert!(home.1.read("log/a.log").starts_with(&written));
}

#[test]
fn it_goes_to_both() {
    let home = logging_to("both", "");
    let said = said_by(&home);
    assert!(is_whole(&said), "{said}");
    assert!(said.contains("log: the console and log/a.log\n"), "{said}");
    assert_eq!(home.1.read("log/a.log").trim_end(), said);
}

#[test]
fn it_can_be_off_and_an_error_at_the_start_is_still_said() {
    let home = logging_to("off", "");
    assert_eq!(said_by(&home), "");
    assert!(!home.1.path("log").exists());
    let home = home.1.env("RMQTT_NODE__DATA_DIR", "/dev/null/data");
    let ended = home.run(&[]);
    assert!(ended.stderr.starts_with("the data directory /dev/null/data cannot"), "{ended:?}");
}

#[test]
fn an_error_that_ends_it_stands_in_the_file_and_on_the_console_once() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listener = format!("[listener.tcp.z]\naddr = \"{}\"", taken.local_addr().unwrap());
    for target in ["file", "both"] {
        let (_, home) = logging_to(target, &listener);
        let ended = home.run(&[]);
        assert_eq!(ended.code, Some(1));
        for text in [ended.stderr, home.read("log/a.log")] {
            assert_eq!(text.matches("listener z/tcp: cannot listen on").count(), 1, "{text}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_line_on_the_console_which_takes_its_place() {
    for target in ["file", "both"] {
        let (manager, home) = logging_to(target, "");
        home.write("log", "a file");
        let said = said_by(&(manager, home));
        let first = said.lines().next().unwrap();
        assert!(first.contains("ERROR"), "{said}");
        let text = "log.dir: log/a.log cannot be written, the log goes to the console: ";
        assert!(first.contains(text), "{said}");
        assert!(said.contains("log: the console\n"), "{said}");
        assert!(is_whole(&said), "{said}");
    }
}

#[test]
fn lines_that_the_file_does_not_take_are_counted() {
    // Every write to it fails for want of room.
    let home = Home::with(&format!(
        "[log]\nto = \"both\"\ndir = \"/dev\"\nfile = \"full\"\n{OPEN_LISTENER}"
    ));
    let mut daemon = Daemon::spawn(&mut home.command(&[]));
    daemon.wait_for("the log file does not take lines, they are lost: ");
    daemon.end();
    let log = daemon.log();
    assert_eq!(log.matches("the log file does not take lines").count(), 1, "{log}");
    assert!(log.contains("lines of the log were lost: the log file did not take them"), "{log}");
}

#[test]
fn a_line_has_time_level_and_text() {
    let said = said_by(&logging_to("console", ""));
    for line in said.lines() {
        line[..TIME].parse::<DateTime>().unwrap();
        assert_eq!(&line[10..11], " ");
        assert!(line[TIME..].starts_with("  INFO "), "{line}");
    }
}

#[test]
fn the_time_zone_is_that_of_the_original_or_the_one_that_was_chosen() {
    let east = |hours| TimeZone::fixed(offset(hours));
    for (key, zone) in [
        ("", east(8)),
        ("time_zone = \"+08:00\"", east(8)),
        ("time_zone = \"utc\"", east(0)),
        ("time_zone = \"local\"", east(-3)),
    ] {
        let (manager, home) = logging_to("console", key);
        // Three hours west of Greenwich.
        let home = home.env("TZ", "XYZ3");
        // Times of lines end with whole milliseconds.
        let before = Timestamp::now() - 1.millisecond();
        let said = said_by(&(manager, home));
        let after = Timestamp::now();
        let time: DateTime = said[..TIME].parse().unwrap();
        let time = zone.to_timestamp(time).unwrap();
        assert!(before <= time && time <= after, "{key}: {before} {time} {after}");
    }
}

#[test]
fn json_is_one_object_a_line_whose_time_names_its_zone() {
    let home = logging_to("both", "format = \"json\"");
    let said = said_by(&home);
    assert_eq!(home.1.read("log/a.log").trim_end(), said);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let time = line["timestamp"].as_str().unwrap();
        time.parse::<Timestamp>().unwrap();
        assert!(time.ends_with("+08:00"), "{time}");
        assert_eq!(line["level"], "INFO");
        assert!(line["target"].as_str().unwrap().starts_with("rmqtt"), "{line}");
    }
    assert!(lines.iter().any(|line| line["message"] == "rmqttd is ready"), "{said}");
}

#[test]
fn a_rotating_file_has_the_hour_or_day_in_its_name() {
    for (rotation, length) in [("hourly", "2026-01-31-23".len()), ("daily", "2026-01-31".len())] {
        let home = logging_to("file", &format!("rotation = \"{rotation}\""));
        let before = Timestamp::now().to_string().replace('T', "-")[..length].to_owned();
        assert_eq!(said_by(&home), "");
        let after = Timestamp::now().to_string().replace('T', "-")[..length].to_owned();
        let mut files = names_in(&home.1);
        files.sort();
        assert!(files[0] == format!("a.log.{before}") || files[0] == format!("a.log.{after}"));
        assert!(home.1.read(&format!("log/{}", files[0])).contains("rmqttd is ready"));
    }
}

#[test]
fn no_more_rotated_files_are_kept_than_were_allowed() {
    let old = ["a.log.2020-01-01", "a.log.2020-01-02", "a.log.2020-01-03"];
    for (key, kept) in [("max_files = 2", &old[2..]), ("max_files = 0", &old), ("", &old)] {
        let home = logging_to("file", &format!("rotation = \"daily\"\n{key}"));
        for name in old {
            home.1.write(&format!("log/{name}"), "old\n");
        }
        said_by(&home);
        let mut files = names_in(&home.1);
        files.retain(|name| old.contains(&name.as_str()));
        files.sort();
        assert_eq!(files, kept, "{key}");
    }
}

/// The names of the files in the folder of the log.
fn names_in(home: &Home) -> Vec<String> {
    let files = fs::read_dir(home.path("log")).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn rust_log_takes_the_place_of_the_level() {
    for (rust_log, expected) in [("warn", false), ("warn,rmqttd=info", true), ("", true)] {
        let (manager, home) = logging_to("console", "level = \"info\"");
        let said = said_by(&(manager, home.env("RUST_LOG", rust_log)));
        assert_eq!(said.contains("rmqttd is ready"), expected, "{rust_log}: {said}");
    }
    let (manager, home) = logging_to("console", "level = \"info\"");
    let said = said_by(&(manager, home.env("RUST_LOG", "rmqttd=loud")));
    assert!(said.contains("RUST_LOG is not used, since it cannot be read: "), "{said}");
    assert!(is_whole(&said), "{said}");
}

#[test]
fn the_level_of_the_configuration_bounds_what_is_logged() {
    let said = said_by(&logging_to("console", "level = \"warn\""));
    assert_eq!(said, "");
}
