//! What is printed about the configuration as such.

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
