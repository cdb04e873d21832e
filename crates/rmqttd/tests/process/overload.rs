//! What a node refuses that has too much to do, or too little memory.

use rmqtt_test::{Connect, RawClient, Version};

use crate::daemon::Daemon;
use crate::home::{Home, OPEN_LISTENER};

/// Bounds that no machine reaches, but for those that a test writes behind them.
fn started_with(busy: &str) -> (Home, Daemon) {
    let home = Home::with(&format!(
        "[node.busy]\nupdate_interval = \"5ms\"\ncheck_enable = true\n{busy}\n{OPEN_LISTENER}"
    ));
    let daemon = home.start(&[]);
    (home, daemon)
}

/// It refuses every client: with this code those of MQTT 5, with 3 those of MQTT 3.
#[track_caller]
fn refuses(daemon: &Daemon, code: u8) {
    // The line in the log comes a moment before what it says.
    let connect = Connect::new(Version::V5, "early");
    assert!((0..1_000).any(|_| daemon.connect(&connect).1.code != 0), "every client is accepted");
    for (version, code) in [(Version::V5, code), (Version::V311, 3), (Version::V31, 3)] {
        let mut client = RawClient::open(daemon.address("external"), version);
        client.send(&Connect::new(version, "client"));
        client.expect_connect_refused(&[code]);
    }
}

#[test]
fn a_load_average_at_its_bound_refuses_clients() {
    let (_home, mut daemon) = started_with("loadavg = 0");
    daemon.has_said("WARN overload: load average ");
    refuses(&daemon, 0x88);
}

#[test]
fn a_cpu_at_its_bound_refuses_clients() {
    let (_home, mut daemon) = started_with("loadavg = 1000000\ncpuloadavg = 0");
    daemon.has_said("WARN overload: CPU ");
    refuses(&daemon, 0x88);
}

#[test]
fn nothing_is_refused_unless_it_was_asked_for() {
    let home = Home::with(&format!(
        "[node.busy]\nupdate_interval = \"5ms\"\nloadavg = 0\ncpuloadavg = 0\n{OPEN_LISTENER}"
    ));
    let mut daemon = home.start(&[]);
    drop(daemon.client(&Connect::new(Version::V5, "client")));
    daemon.end();
    assert!(!daemon.log().contains("overload"), "{}", daemon.log());
}

#[test]
fn a_node_without_memory_refuses_clients() {
    let home = Home::with(&format!("node.memory_max = \"1B\"\n{OPEN_LISTENER}"));
    let mut daemon = home.start(&[]);
    assert!(daemon.log().contains(" 1 bytes of memory (node.memory_max)\n"), "{}", daemon.log());
    daemon.has_said("WARN overload: allocated memory ");
    refuses(&daemon, 0x97);
}

#[test]
fn without_a_bound_memory_is_no_reason_to_refuse() {
    let home = Home::with(&format!("node.memory_max = \"0B\"\n{OPEN_LISTENER}"));
    let daemon = home.start(&[]);
    assert!(daemon.log().contains("memory without a bound"), "{}", daemon.log());
    daemon.client(&Connect::new(Version::V5, "client"));
}
