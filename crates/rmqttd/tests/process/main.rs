//! The program as its operator meets it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod daemon;

use std::net::TcpListener;

use daemon::{Daemon, run};
use rmqtt_test::{Connect, Packet, RawClient, Version};
use rustix::process::Signal;

const OPEN_LISTENER: &str =
    "[listener.tcp.external]\naddr = \"127.0.0.1:0\"\nallow_anonymous = true\n";

#[test]
fn the_version_line_names_version_build_time_and_compiler() {
    for flag in ["-V", "--version"] {
        let ended = run(&[flag]);
        assert_eq!(ended.code, Some(0));
        let line = ended.stdout.trim_end();
        let (broker, compiler) = line.split_once(' ').unwrap();
        let (version, build_time) = broker.strip_prefix("rmqtt/").unwrap().split_once('-').unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert_eq!(build_time.len(), "YYYYMMDDHHMMSS".len(), "{line}");
        assert!(build_time.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
        assert!(build_time > "20260101000000", "{line}");
        let compiler = compiler.strip_prefix("rustc/").unwrap();
        assert_eq!(compiler.split('.').count(), 3, "{line}");
    }
}

#[test]
fn a_usage_error_ends_with_2_and_the_help_with_0() {
    assert_eq!(run(&["--no-such-flag"]).code, Some(2));
    let help = run(&["-h"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("--config <FILE>"), "{}", help.stdout);
}

#[test]
fn every_problem_of_the_configuration_is_one_line_and_the_end_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rmqtt.toml");
    let text = format!("{OPEN_LISTENER}max_inflight = 0\nno_delay = true\n[listener.ws.a]\n");
    std::fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    let ended = run(&["-f", name]);
    assert_eq!(ended.code, Some(1));
    let expected = format!(
        "{name}:4: listener.tcp.external.max_inflight: expected a whole number from 1 to 65535, found 0\n\
         {name}:5: listener.tcp.external.no_delay: unknown key, the nearest known one is listener.tcp.external.nodelay\n\
         {name}:6: listener.ws.a.addr: required, such as \"0.0.0.0:1883\"\n\
         {name}:6: listener.ws.a: this build has no WebSocket listeners yet; enable = false keeps the section for later\n"
    );
    assert_eq!(ended.stderr, expected);
}

#[test]
fn a_file_that_is_missing_ends_with_1() {
    let ended = run(&["-f", "/no/such/rmqtt.toml"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("/no/such/rmqtt.toml: cannot be read: "), "{}", ended.stderr);
}

#[test]
fn an_address_that_is_taken_ends_with_1_and_names_the_listener() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rmqtt.toml");
    std::fs::write(&file, format!("[listener.tcp.inner]\naddr = \"{addr}\"\n")).unwrap();
    let ended = run(&["-f", file.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    let line = format!("listener inner/tcp: cannot listen on {addr}: ");
    assert!(ended.stderr.lines().any(|l| l.starts_with(&line)), "{}", ended.stderr);
}

#[test]
fn it_says_where_it_listens_and_who_may_connect() {
    let text = format!("{OPEN_LISTENER}[listener.tcp.inner]\naddr = \"127.0.0.1:0\"\n");
    let mut daemon = Daemon::start(&text);
    let log = daemon.log();
    assert!(log.contains("listener external/tcp: listening on 127.0.0.1:"), "{log}");
    assert!(log.contains("everybody may connect"), "{log}");
    assert!(log.contains("listener inner/tcp: listening on 127.0.0.1:"), "{log}");
    assert!(log.contains("listener.tcp.inner.allow_anonymous"), "{log}");

    let mut refused = RawClient::open(daemon.address("inner"), Version::V5);
    refused.send(&Connect::new(Version::V5, "nobody"));
    refused.expect_connect_refused(&[0x87]);
    let line = daemon.wait_for("was refused");
    assert!(line.contains("listener.tcp.inner.allow_anonymous"), "{line}");
}

#[test]
fn both_signals_tell_the_clients_and_end_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        for driver in ["epoll", "portable"] {
            let text = format!("runtime.driver = \"{driver}\"\n{OPEN_LISTENER}");
            let mut daemon = Daemon::start(&text);
            let address = daemon.address("external");
            let mut client = RawClient::connected(address, &Connect::new(Version::V5, "client"));
            daemon.signal(signal);
            match client.next_packet() {
                Some(Packet::Disconnect(disconnect)) => assert_eq!(disconnect.reason, 0x8B),
                other => panic!("{other:?}"),
            }
            client.expect_close();
            drop(client);
            assert_eq!(daemon.wait(), Some(0));
        }
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut daemon = Daemon::start(OPEN_LISTENER);
    let address = daemon.address("external");
    let mut client = RawClient::connected(address, &Connect::new(Version::V5, "client"));
    daemon.signal(Signal::TERM);
    // The client keeps its half of the connection open, so that the first signal's work goes on.
    assert!(matches!(client.next_packet(), Some(Packet::Disconnect(_))));
    daemon.signal(Signal::TERM);
    daemon.wait_for("ending at once");
    assert_eq!(daemon.wait(), Some(0));
}
