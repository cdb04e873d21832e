//! A configuration as users of RMQTT have it, with every key that RMQTT knows.

use rmqtt_test::{Connect, RawClient, Version};

use crate::home::{Home, OPEN_LISTENER};

const ORIGINAL: &str = include_str!("fixtures/original/rmqtt.toml");

/// Kinds of listeners, in the order of their sections; those before them are of TCP.
const NOT_BUILT: [&str; 4] = ["tls", "ws", "wss", "quic"];

/// The number of the line with this text.
fn line_of(text: &str) -> usize {
    1 + ORIGINAL.lines().position(|line| line.starts_with(text)).unwrap()
}

/// Without the listeners and the plugin that are not built, with ports that the system chooses.
fn what_is_built(log_dir: &str) -> String {
    let listeners = ORIGINAL.find("[listener.tls.external]").unwrap();
    let mut text = ORIGINAL[..listeners].to_owned();
    for (written, instead) in [
        (", \"rmqtt-http-api\"", ""),
        ("0.0.0.0:1883", "127.0.0.1:0"),
        ("0.0.0.0:11883", "127.0.0.1:0"),
        ("/var/log/rmqtt", log_dir),
    ] {
        assert!(text.contains(written), "{written}");
        text = text.replace(written, instead);
    }
    text
}

#[test]
fn it_is_refused_for_listeners_and_plugins_that_are_not_built_and_for_nothing_else() {
    let home = Home::with(ORIGINAL);
    let mut expected = format!(
        "./rmqtt.toml:{}: plugins.default_startups: this build has no plugin rmqtt-http-api yet: \
         take the name out of the list to start\n",
        line_of("default_startups")
    );
    let kinds = ["TLS", "WebSocket", "WebSocket", "QUIC"];
    for (section, kind) in NOT_BUILT.into_iter().zip(kinds) {
        let over = if section == "wss" { " over TLS" } else { "" };
        expected += &format!(
            "./rmqtt.toml:{}: listener.{section}.external: this build has no {kind} listeners{over} \
             yet; enable = false keeps the section for later\n",
            line_of(&format!("[listener.{section}.external]"))
        );
    }
    for arguments in [&["--check-config"][..], &[]] {
        home.run(arguments).failed_with(&expected);
    }
}

#[test]
fn with_those_listeners_disabled_it_is_accepted_whole() {
    let mut text = ORIGINAL.replace(", \"rmqtt-http-api\"", "");
    for kind in NOT_BUILT {
        let section = format!("[listener.{kind}.external]\nenable = true");
        assert!(text.contains(&section), "{section}");
        text = text.replace(&section, &section.replace("true", "false"));
    }
    let checked = Home::with(&text).checked(&[]);
    for line in [
        "listener.tcp.internal.mqueue_rate_limit = \"5000,1s\"   # ./rmqtt.toml:",
        "circuit_breaker.sliding_window_type = \"TimeBased\"   # ./rmqtt.toml:",
        "listener.quic.external.idle_timeout = \"120s\"   # ./rmqtt.toml:",
    ] {
        assert!(checked.contains(line), "{line}\n{checked}");
    }
}

#[test]
fn what_has_no_effect_any_more_is_said_once() {
    let home = Home::new();
    home.write("rmqtt.toml", &what_is_built(&home.name("log")));
    let log = home.start(&[]).log();
    for key in ["task.exec_workers", "task.exec_queue_max", "node.cookie", ".workers"] {
        let warning = format!("{key}: has no effect: ");
        assert_eq!(log.matches(&warning).count(), 1, "{key}\n{log}");
    }
}

#[test]
fn without_them_it_starts_and_serves() {
    let home = Home::new();
    home.write("rmqtt.toml", &what_is_built(&home.name("log")));
    let daemon = home.start(&[]);
    for listener in ["external", "internal"] {
        for version in [Version::V311, Version::V5] {
            let connect = Connect::new(version, "client");
            let mut client = RawClient::connected(daemon.address(listener), &connect);
            client.subscribe("a/+", 1);
            client.publish("a/b", 1, "hello");
            client.expect_message("a/b", "hello");
        }
    }
}

#[test]
fn flags_as_its_documentation_has_them_are_understood() {
    let home = Home::with(OPEN_LISTENER);
    let daemon = home.start(&["-f", "./rmqtt.toml", "--id", "3"]);
    assert!(daemon.log().contains(", node 3\n"), "{}", daemon.log());
}
