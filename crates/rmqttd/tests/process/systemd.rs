//! What a service manager is told.

use rmqtt_test::{Connect, Version};
use rustix::process::Signal;

use crate::daemon::Daemon;
use crate::home::{Home, OPEN_LISTENER};
use crate::manager::Manager;

#[test]
fn it_is_told_of_start_reload_and_end_in_this_order() {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    let mut daemon = home.start(&[]);
    // Whoever is told can connect.
    assert_eq!(manager.hears(), ["READY=1", "STATUS=serving"]);
    daemon.client(&Connect::new(Version::V5, "client"));

    daemon.signal(Signal::HUP);
    let reloading = manager.hears();
    let [state, time] = &reloading[..] else { panic!("{reloading:?}") };
    assert_eq!(state, "RELOADING=1");
    let time = time.strip_prefix("MONOTONIC_USEC=").unwrap();
    assert!(time.parse::<u64>().is_ok_and(|time| time > 0), "{time}");
    assert_eq!(manager.hears(), ["READY=1", "STATUS=serving"]);

    daemon.signal(Signal::TERM);
    assert_eq!(manager.hears(), ["STOPPING=1", "STATUS=shutting down"]);
    assert_eq!(daemon.wait(), Some(0));
}

#[test]
fn a_reload_that_finds_problems_ends_too() {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    let daemon = manager.start(&home);
    home.write("rmqtt.toml", "broken");
    daemon.signal(Signal::HUP);
    assert_eq!(manager.hears()[0], "RELOADING=1");
    assert_eq!(manager.hears()[0], "READY=1");
}

#[test]
fn a_watchdog_gets_signs_of_life() {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    let home = home.env("WATCHDOG_USEC", "20000");
    let _daemon = manager.start(&home);
    for _ in 0..3 {
        assert_eq!(manager.hears(), ["WATCHDOG=1"]);
    }
}

#[test]
fn a_watchdog_of_another_process_gets_none() {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    let home = home.env("WATCHDOG_USEC", "1000").env("WATCHDOG_PID", "1");
    let mut daemon = manager.start(&home);
    daemon.signal(Signal::TERM);
    assert_eq!(manager.hears()[0], "STOPPING=1");
    daemon.wait();
}

#[test]
fn a_node_that_cannot_start_says_nothing() {
    let (manager, home) = Manager::of(Home::with("[listener.tcp.a]\naddr = \"192.0.2.1:1\"\n"));
    let mut failing = Daemon::spawn(&mut home.command(&[]));
    assert_eq!(failing.wait(), Some(1));
    home.write("rmqtt.toml", OPEN_LISTENER);
    let daemon = Daemon::start(&mut home.command(&["--id", "9"]));
    assert_eq!(manager.hears()[0], "READY=1");
    daemon.signal(Signal::TERM);
    assert_eq!(manager.hears()[0], "STOPPING=1");
}

#[test]
fn a_socket_that_is_not_there_is_no_reason_not_to_serve() {
    let home = Home::with(OPEN_LISTENER);
    let nowhere = home.path("nowhere");
    let mut daemon = home.env("NOTIFY_SOCKET", nowhere).start(&[]);
    daemon.wait_for("the service manager cannot be told anything");
    daemon.client(&Connect::new(Version::V5, "client"));
}
