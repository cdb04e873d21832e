//! Signals to a process that is still beginning, or that waits for a file. The file is a pipe, which
//! makes its reader wait.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rustix::process::Signal;

use crate::daemon::{Daemon, PATIENCE};
use crate::home::{Home, OPEN_LISTENER};
use crate::manager::Manager;

/// A pipe of this name.
fn make_pipe(home: &Home, name: &str) {
    let path = home.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// The end of a pipe to write to, as soon as somebody reads it.
fn writer(home: &Home, name: &str) -> File {
    OpenOptions::new().write(true).open(home.path(name)).unwrap()
}

fn wait_until_there(path: &Path) {
    let until = Instant::now() + PATIENCE;
    while !path.exists() {
        assert!(Instant::now() < until, "{} does not come", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn a_signal_while_the_configuration_is_read_ends_it_with_0() {
    let home = Home::new();
    make_pipe(&home, "pipe.toml");
    let mut daemon = Daemon::spawn(&mut home.command(&["-f", "pipe.toml"]));
    let _kept_waiting = writer(&home, "pipe.toml");
    daemon.end();
    assert_eq!(daemon.log(), "SIGTERM: ending before anything was started");
}

/// SIGHUP ended a process that had not come to serving yet.
#[test]
fn a_reload_while_the_configuration_is_read_waits_until_the_node_serves() {
    let (manager, home) = Manager::of(Home::new());
    make_pipe(&home, "pipe.toml");
    let mut daemon = Daemon::spawn(&mut home.command(&["-f", "pipe.toml"]));
    let mut file = writer(&home, "pipe.toml");
    daemon.signal(Signal::HUP);
    file.write_all(OPEN_LISTENER.as_bytes()).unwrap();
    drop(file);
    manager.wait_until_ready();
    daemon.wait_for("SIGHUP: reading the configuration again");
    // It reads the pipe again.
    writer(&home, "pipe.toml").write_all(OPEN_LISTENER.as_bytes()).unwrap();
    manager.wait_until_ready();
    daemon.end();
}

/// A plugin that never came back from its start could be ended with SIGKILL only.
#[test]
fn a_signal_ends_a_start_that_a_plugin_holds_up_and_a_second_one_at_once() {
    let home = Home::with(OPEN_LISTENER);
    make_pipe(&home, "plugins/rmqtt-retainer.toml");
    let mut daemon = Daemon::spawn(&mut home.command(&[]));
    // The check of the configuration reads the file; the plugin reads it again.
    drop(writer(&home, "plugins/rmqtt-retainer.toml"));
    wait_until_there(&home.path("data/rmqttd.lock"));
    let _kept_waiting = writer(&home, "plugins/rmqtt-retainer.toml");
    daemon.signal(Signal::TERM);
    daemon.wait_for("SIGTERM: shutting down");
    daemon.signal(Signal::INT);
    daemon.wait_for("SIGINT: ending at once");
    assert_eq!(daemon.wait(), Some(0));
}

/// The task that answers signals and the service manager read the files itself.
#[test]
fn a_reload_that_waits_for_a_file_keeps_neither_signals_nor_the_service_manager_waiting() {
    let (manager, home) = Manager::of(Home::with(OPEN_LISTENER));
    let home = home.env("WATCHDOG_USEC", "200000");
    let mut daemon = manager.start(&home);
    make_pipe(&home, "plugins/rmqtt-counter.toml");
    daemon.signal(Signal::HUP);
    let _kept_waiting = writer(&home, "plugins/rmqtt-counter.toml");
    let is_alive = |lines: Vec<String>| lines.iter().any(|line| line == "WATCHDOG=1");
    // The first ones may have waited in the socket.
    while !manager.hears().iter().any(|line| line == "RELOADING=1") {}
    for _ in 0..3 {
        while !is_alive(manager.hears()) {}
    }
    daemon.end();
}
