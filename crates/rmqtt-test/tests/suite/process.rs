//! The process: start, configuration errors, signals.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use rmqtt_test::broker::{binary, configuration, free_address};
use rmqtt_test::program::Finished;
use rmqtt_test::{Broker, Case, Connect, Program, RawClient, Will, broker_test};

#[broker_test(v31, v311, v5, own_process)]
fn sigterm_tells_clients_and_ends_with_success(case: &Case) {
    let mut broker = Broker::start(case.driver(), "", "");
    let connect = case.connect_packet("c");
    let mut clients = [
        RawClient::connected(broker.address(), &connect),
        RawClient::connected(broker.address(), &case.persistent_packet("p")),
    ];
    broker.terminate();
    for client in &mut clients {
        client.expect_refusal(&[0x8B]);
    }
    assert_eq!(broker.wait().code(), Some(0), "{}", broker.log());
}

#[broker_test(v5, own_process)]
fn sigint_ends_as_sigterm_does(case: &Case) {
    let mut broker = Broker::start(case.driver(), "", "");
    let mut client = RawClient::connected(broker.address(), &case.connect_packet("c"));
    broker.interrupt();
    client.expect_refusal(&[0x8B]);
    assert_eq!(broker.wait().code(), Some(0), "{}", broker.log());
}

#[broker_test(v5, own_process)]
fn sigterm_is_not_held_up_by_silent_or_stuck_peers(case: &Case) {
    let mut broker = Broker::start(case.driver(), "", "");
    let _silent = RawClient::open(broker.address(), case.version());
    let mut half = RawClient::open(broker.address(), case.version());
    half.send_bytes(&[0x10, 0x20, 0x00]);
    let topic = case.topic("t");
    let mut stuck = RawClient::connected(broker.address(), &case.connect_packet("stuck"));
    stuck.subscribe(&topic, 0);
    let mut publisher = RawClient::connected(broker.address(), &case.connect_packet("pub"));
    for _ in 0..200 {
        publisher.publish(&topic, 0, &"x".repeat(50_000));
    }
    publisher.ping();
    broker.terminate();
    assert_eq!(broker.wait().code(), Some(0), "{}", broker.log());
}

#[broker_test(v5, own_process)]
fn a_new_connection_is_not_accepted_while_the_broker_ends(case: &Case) {
    let mut broker = Broker::start(case.driver(), "", "");
    let address = broker.address();
    broker.terminate();
    broker.wait();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[broker_test(v5, own_process)]
fn a_missing_configuration_file_is_an_error_that_names_it(_case: &Case) {
    let Finished { status, output: said } = run(&["-f", "/nonexistent/rmqtt.toml"]);
    assert_ne!(status.code(), Some(0), "{said}");
    assert!(said.contains("/nonexistent/rmqtt.toml"), "{said}");
}

#[broker_test(v5, own_process)]
fn an_unknown_key_is_an_error_with_file_line_and_the_nearest_key(case: &Case) {
    let text = configuration(case.driver(), free_address(), "max_inflght = 3\n", "");
    let line =
        1 + text.lines().position(|line| line.starts_with("max_inflght")).expect("it stands");
    let Finished { status, output: said } = run_with(&text);
    assert_ne!(status.code(), Some(0), "{said}");
    assert!(said.contains("max_inflght"), "{said}");
    assert!(said.contains("max_inflight"), "the nearest key is missing: {said}");
    assert!(said.contains("rmqtt.toml"), "the file is missing: {said}");
    assert!(said.contains(&line.to_string()), "line {line} is missing: {said}");
}

#[broker_test(v5, own_process)]
fn all_configuration_errors_are_reported_at_once(case: &Case) {
    let text = configuration(
        case.driver(),
        free_address(),
        "max_inflght = 3\nmax_packet_size = \"much\"\nkeepalive_backoff = \"high\"\n",
        "",
    );
    let Finished { status, output: said } = run_with(&text);
    assert_ne!(status.code(), Some(0), "{said}");
    for key in ["max_inflght", "max_packet_size", "keepalive_backoff"] {
        assert!(said.contains(key), "{key} is missing: {said}");
    }
}

#[broker_test(v5, own_process)]
fn a_file_that_is_no_toml_is_an_error_that_names_it(_case: &Case) {
    let Finished { status, output: said } = run_with("[listener\n");
    assert_ne!(status.code(), Some(0), "{said}");
    assert!(said.contains("rmqtt.toml"), "{said}");
}

#[broker_test(v5, own_process)]
fn an_address_in_use_is_an_error_that_names_it(case: &Case) {
    let first = Broker::start(case.driver(), "", "");
    let Finished { status, output: said } =
        run_with(&configuration(case.driver(), first.address(), "", ""));
    assert_ne!(status.code(), Some(0), "{said}");
    assert!(said.contains(&first.address().to_string()), "{said}");
}

#[broker_test(v31, v311("MQTT-3.2.2-5"), v5("MQTT-3.1.4-2", "MQTT-3.2.2-7"), own_process)]
fn a_written_listener_without_allow_anonymous_refuses_anonymous_clients(case: &Case) {
    let address = free_address();
    let text = format!(
        "[runtime]\ndriver = \"{}\"\n\n[listener.tcp.external]\naddr = \"{address}\"\n",
        case.driver()
    );
    let broker = Broker::start_with_file(address, &text).expect("the broker starts");
    let mut client = RawClient::open(broker.address(), case.version());
    client.send(&case.connect_packet("c"));
    client.expect_connect_refused(if case.is_v5() { &[0x87] } else { &[5] });
}

#[broker_test(v31, v311, v5, own_process)]
fn a_refused_clients_will_is_not_published(case: &Case) {
    let open = free_address();
    let closed = free_address();
    let text = format!(
        "[runtime]\ndriver = \"{}\"\n\n[listener.tcp.open]\naddr = \"{open}\"\nallow_anonymous = true\n\n\
         [listener.tcp.closed]\naddr = \"{closed}\"\nallow_anonymous = false\n",
        case.driver()
    );
    let broker = Broker::start_with_file(open, &text).expect("the broker starts");
    let topic = case.topic("w");
    let mut watcher = RawClient::connected(broker.address(), &case.connect_packet("watch"));
    watcher.subscribe(&topic, 0);
    let mut refused = RawClient::open(closed, case.version());
    refused.send(&case.connect_packet("c").will(Will::new(topic.as_str(), "never")));
    refused.expect_connect_refused(if case.is_v5() { &[0x87] } else { &[5] });
    watcher.publish(&topic, 0, "sentinel");
    watcher.expect_message(&topic, "sentinel");
}

#[broker_test(v31, v311, v5, own_process)]
fn without_a_listener_section_loopback_clients_are_accepted_on_port_1883(case: &Case) {
    // Tests run side by side, and this port is the same for all of them.
    let _turn = PortTurn::take();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1883));
    let text = format!("[runtime]\ndriver = \"{}\"\n", case.driver());
    let broker = Broker::start_with_file(address, &text).expect("the broker starts");
    let connect = Connect::new(case.version(), "loopback");
    RawClient::connected(broker.address(), &connect).expect_nothing();
}

/// The right to listen on port 1883, held by one process of the suite at a time.
struct PortTurn(fs::File);

impl PortTurn {
    fn take() -> Self {
        let path = std::env::temp_dir().join("rmqtt-test-port-1883.lock");
        let file = fs::File::create(path).expect("the temporary directory is writable");
        file.lock().expect("a file can be locked");
        Self(file)
    }
}

impl Drop for PortTurn {
    fn drop(&mut self) {
        // Closing the file would release it too.
        drop(self.0.unlock());
    }
}

fn run(arguments: &[&str]) -> Finished {
    Program::run(Command::new(binary()).args(arguments))
}

fn run_with(configuration: &str) -> Finished {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("rmqtt.toml");
    fs::write(&file, configuration).expect("the file can be written");
    run(&["-f", file.to_str().expect("a temporary path is text")])
}
