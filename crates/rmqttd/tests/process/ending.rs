//! How it ends.

use rmqtt_test::{Connect, Packet, Version};
use rustix::process::Signal;

use crate::home::{Home, OPEN_LISTENER};

#[test]
fn both_signals_tell_the_clients_and_end_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        for driver in ["epoll", "portable"] {
            let home = Home::with(&format!("runtime.driver = \"{driver}\"\n{OPEN_LISTENER}"));
            let mut daemon = home.start(&[]);
            let mut client = daemon.client(&Connect::new(Version::V5, "client"));
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
fn what_was_sent_to_a_client_reaches_it_before_the_end() {
    let home = Home::with(OPEN_LISTENER);
    let mut daemon = home.start(&[]);
    let mut reader = daemon.client(&Connect::new(Version::V5, "reader"));
    reader.subscribe("t", 1);
    let mut writer = daemon.client(&Connect::new(Version::V5, "writer"));
    for number in 0..100 {
        writer.publish("t", 1, &number.to_string());
    }
    daemon.signal(Signal::TERM);
    for number in 0..100 {
        reader.expect_message("t", &number.to_string());
    }
    assert!(matches!(reader.next_packet(), Some(Packet::Disconnect(_))));
    drop((reader, writer));
    assert_eq!(daemon.wait(), Some(0));
}

#[test]
fn a_client_that_does_not_go_does_not_hold_up_the_end() {
    let home = Home::with(OPEN_LISTENER);
    let mut daemon = home.start(&[]);
    // It keeps its half of the connection open for as long as the test runs.
    let _client = daemon.client(&Connect::new(Version::V5, "client"));
    daemon.end();
}

#[test]
fn a_second_signal_ends_at_once() {
    let home = Home::with(OPEN_LISTENER);
    let mut daemon = home.start(&[]);
    let mut client = daemon.client(&Connect::new(Version::V5, "client"));
    daemon.signal(Signal::TERM);
    // The client keeps its half of the connection open, so that the first signal's work goes on.
    assert!(matches!(client.next_packet(), Some(Packet::Disconnect(_))));
    daemon.signal(Signal::TERM);
    daemon.wait_for("ending at once");
    assert_eq!(daemon.wait(), Some(0));
}
