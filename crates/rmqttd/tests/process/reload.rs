//! SIGHUP.

use std::fs;

use rmqtt_test::{Connect, Publish, RawClient, Version};

use crate::daemon::Daemon;
use crate::home::{Home, OPEN_LISTENER};
use crate::manager::Manager;

const RETAINER: &str = "plugins/rmqtt-retainer.toml";

/// A node that retains at most one message.
fn with_one_retained() -> (Manager, Home, Daemon) {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    home.write(RETAINER, "max_retained_messages = 1\n");
    let daemon = home.start(&[]);
    manager.wait_until_ready();
    (manager, home, daemon)
}

/// Publishes a message to be retained to each topic.
fn retain(client: &mut RawClient, topics: &[&str]) {
    for topic in topics {
        client.publish_with(Publish::new(topic, "x").qos(1).retain());
    }
}

/// The topics that have a retained message.
#[track_caller]
fn retained_are(daemon: &Daemon, topics: &[&str]) {
    let mut client = daemon.client(&Connect::new(Version::V5, "reader"));
    client.subscribe("+", 0);
    let mut found: Vec<String> = topics.iter().map(|_| client.take().topic).collect();
    client.expect_nothing();
    found.sort();
    assert_eq!(found, topics);
}

#[test]
fn the_level_of_the_log_is_read_again() {
    let configuration = |level: &str| format!("log.level = \"{level}\"\n{OPEN_LISTENER}");
    let (manager, home) = Manager::of(Home::with(&configuration("info")));
    let mut daemon = manager.start(&home);
    let reload_with = |level| {
        home.write("rmqtt.toml", &configuration(level));
        manager.reload(&daemon);
    };
    // Each begins with a line at the level of before.
    reload_with("warn");
    reload_with("warn");
    reload_with("debug");
    reload_with("error");
    daemon.end();
    let log = daemon.log();
    assert_eq!(log.matches("SIGHUP: reading the configuration again").count(), 2, "{log}");
    assert!(!log.contains("shutting down"), "{log}");
}

#[test]
fn rust_log_stays_in_the_place_of_the_level() {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    let home = home.env("RUST_LOG", "info");
    let mut daemon = manager.start(&home);
    home.write("rmqtt.toml", &format!("log.level = \"error\"\n{OPEN_LISTENER}"));
    manager.reload(&daemon);
    daemon.end();
    let log = daemon.log();
    assert!(log.contains("log.level is not used: RUST_LOG takes its place"), "{log}");
    assert!(log.contains("shutting down"), "{log}");
}

#[test]
fn the_files_of_plugins_are_read_again() {
    let (manager, home, daemon) = with_one_retained();
    let mut client = daemon.client(&Connect::new(Version::V5, "client"));
    retain(&mut client, &["a", "b"]);
    retained_are(&daemon, &["a"]);

    home.write(RETAINER, "max_retained_messages = 2\n");
    manager.reload(&daemon);
    retain(&mut client, &["b", "c"]);
    retained_are(&daemon, &["a", "b"]);
}

#[test]
fn a_broken_file_of_a_plugin_is_logged_with_its_line_and_changes_nothing() {
    let (manager, home, mut daemon) = with_one_retained();
    home.write(RETAINER, "max_retained_messages = 2\nmax_payload_size = \"much\"\n");
    home.write("rmqtt.toml", &format!("log.level = \"error\"\n{OPEN_LISTENER}"));
    manager.reload(&daemon);
    let mut client = daemon.client(&Connect::new(Version::V5, "client"));
    retain(&mut client, &["a", "b"]);
    retained_are(&daemon, &["a"]);
    drop(client);
    daemon.end();
    let log = daemon.log();
    assert!(log.contains("ERROR ./plugins/rmqtt-retainer.toml:2: max_payload_size: "), "{log}");
    assert!(log.contains("ERROR the configuration has problems: nothing was changed"), "{log}");
    assert!(log.contains("INFO SIGTERM: shutting down"), "{log}");
}

#[test]
fn a_broken_configuration_is_logged_with_its_line_and_changes_nothing() {
    let (manager, home, mut daemon) = with_one_retained();
    home.write("rmqtt.toml", &format!("log.level = \"error\"\nnode.idd = 1\n{OPEN_LISTENER}"));
    manager.reload(&daemon);
    daemon.end();
    let log = daemon.log();
    assert!(log.contains("ERROR ./rmqtt.toml:2: node.idd: unknown key"), "{log}");
    assert!(log.contains("INFO SIGTERM: shutting down"), "{log}");
}

#[test]
fn the_log_file_is_opened_anew_after_it_was_moved_away() {
    let (manager, home) = Manager::of(Home::with(&format!(
        "[log]\nto = \"file\"\ndir = \"log\"\nfile = \"a.log\"\n{OPEN_LISTENER}"
    )));
    let mut daemon = manager.start(&home);
    fs::rename(home.path("log/a.log"), home.path("log/a.log.1")).unwrap();
    manager.reload(&daemon);
    daemon.end();
    let (old, new) = (home.read("log/a.log.1"), home.read("log/a.log"));
    // Lines of before may have waited in the queue; none is lost.
    assert!((old.clone() + &new).contains("rmqttd is ready"), "{old}{new}");
    assert!(new.contains("SIGHUP: reading the configuration again"), "{new}");
    assert!(new.contains("shutting down"), "{new}");
    assert_eq!(daemon.log(), "");
}

#[test]
fn clients_notice_nothing() {
    let (manager, _home, daemon) = with_one_retained();
    let mut client = daemon.client(&Connect::new(Version::V5, "client"));
    client.subscribe("t", 1);
    manager.reload(&daemon);
    client.publish("t", 1, "x");
    client.expect_message("t", "x");
}
