//! What is printed about the configuration as such.

#[cfg(target_os = "linux")]
use std::fs::File;
#[cfg(target_os = "linux")]
use std::process::Stdio;

use crate::home::{Home, OPEN_LISTENER};

#[test]
fn the_default_configuration_is_accepted_and_changes_nothing() {
    let printed = Home::new().run(&["--print-default-config"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let home = Home::with(&printed.stdout).without_data_dir();
    let without_places = |text: &str| {
        let values = text.lines().map(|line| line.split("   # ").next().unwrap().to_owned());
        values.collect::<Vec<_>>()
    };
    let nothing = Home::new().without_data_dir();
    assert_eq!(without_places(&home.checked(&[])), without_places(&nothing.checked(&[])));
}

#[test]
fn the_schema_is_json_and_knows_every_key_of_a_listener() {
    let printed = Home::new().run(&["--print-config-schema"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let schema: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"));
    let text = printed.stdout;
    for key in ["max_mqueue_bytes", "check_enable", "disabled_default_startups", "time_zone"] {
        assert!(text.contains(&format!("\"{key}\": {{")), "{key}");
    }
}

#[test]
fn what_is_only_printed_reads_no_configuration() {
    let home = Home::with("not toml");
    for flag in ["--print-default-config", "--print-config-schema", "-V"] {
        assert_eq!(home.run(&[flag]).code, Some(0), "{flag}");
    }
}

#[test]
fn the_screen_says_what_runs_where_data_are_and_who_may_connect() {
    let home = Home::with(&format!(
        "node.id = 3\n{OPEN_LISTENER}[listener.tcp.inner]\naddr = \"127.0.0.1:0\"\n"
    ));
    let daemon = home.start(&[]);
    let log = daemon.log();
    let inner = daemon.address("inner");
    let external = daemon.address("external");
    for line in [
        format!(", process {}, node 3\n", daemon.id()),
        format!("data: {}\n", home.name("data")),
        "sessions and messages are kept in memory only: they end with the process\n".to_owned(),
        "log: the console\n".to_owned(),
        " open files, connections included, ".to_owned(),
        " MiB of memory (node.memory_max)\n".to_owned(),
        "plugins: rmqtt-counter, rmqtt-retainer, rmqtt-shared-subscription\n".to_owned(),
        format!("listener external/tcp: listening on {external}, everybody may connect\n"),
        format!("listener inner/tcp: listening on {inner}, only clients with accepted credentials"),
        "(listener.tcp.inner.allow_anonymous opens it)".to_owned(),
    ] {
        assert!(log.contains(&line), "{line}\n{log}");
    }
}

/// It ended with 1 and did not say a word.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_said_unless_its_reader_has_gone() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for flag in ["--check-config", "--print-default-config", "--print-config-schema", "-V"] {
        let home = Home::new();
        let ended = home.command(&[flag]).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        let ended = ended.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{flag}");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.starts_with("standard output cannot be written: "), "{flag}: {said}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = home.command(&[flag]).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let ended = ended.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), &ended.stderr[..]), (Some(1), &b""[..]), "{flag}");
    }
}

/// It ended with a panic, which nobody could read either.
#[cfg(target_os = "linux")]
#[test]
fn an_error_that_cannot_be_said_ends_it_as_any_other() {
    for (text, arguments) in [
        ("node.idd = 1", &["--check-config"][..]),
        ("node.idd = 1", &[]),
        ("node.data_dir = \"/dev/null/data\"", &[]),
    ] {
        let home = Home::with(text).without_data_dir();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let status = home.command(arguments).stderr(full).stdin(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(1), "{text} {arguments:?}");
    }
}
