//! Errors: one line each, which says what to do, and an exit code that is not 0.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::daemon::Daemon;
use crate::home::{Home, OPEN_LISTENER};

#[test]
fn every_problem_is_one_line_and_all_are_told_at_once() {
    let home = Home::with(&format!(
        "{OPEN_LISTENER}max_inflight = 0\nno_delay = true\nhandshake_timeout = \"15\"\n\
         max_packet_size = \"1X\"\n[listener.ws.a]\n[listener.tcp.b]\naddr = \"localhost\"\n\
         [node]\nid = \"one\"\n[plugins]\ndefault_startups = [\"rmqtt-retainr\"]\n"
    ));
    home.write("plugins/rmqtt-retainer.toml", "\nmax_retained_message = 5\n");
    home.write("plugins/rmqtt-shared-subscription.toml", "strategy = \"first\"\n");
    let ended = home.env("RMQTT_MQTT__MAX_SESSIONS", "many").run(&["--node-grpc-addrs", "x"]);
    assert_eq!(ended.code, Some(1));
    let told: Vec<&str> = ended.stderr.lines().collect();
    let expected = [
        "./rmqtt.toml:4: listener.tcp.external.max_inflight: expected a whole number from 1 to 65535, found 0",
        "./rmqtt.toml:5: listener.tcp.external.no_delay: unknown key, the nearest known one is listener.tcp.external.nodelay",
        "./rmqtt.toml:6: listener.tcp.external.handshake_timeout: ",
        "./rmqtt.toml:7: listener.tcp.external.max_packet_size: ",
        "./rmqtt.toml:8: listener.ws.a.addr: required, such as \"0.0.0.0:1883\"",
        "./rmqtt.toml:8: listener.ws.a: this build has no WebSocket listeners yet; enable = false keeps the section for later",
        "./rmqtt.toml:10: listener.tcp.b.addr: ",
        "./rmqtt.toml:12: node.id: ",
        "./rmqtt.toml:14: plugins.default_startups: there is no plugin rmqtt-retainr, the nearest is rmqtt-retainer",
        "./plugins/rmqtt-retainer.toml:2: max_retained_message: unknown key, the nearest known one is max_retained_messages",
        "./plugins/rmqtt-shared-subscription.toml:1: strategy: expected one of \"random\", ",
        "environment variable RMQTT_MQTT__MAX_SESSIONS: mqtt.max_sessions: ",
        "--node-grpc-addrs: ",
    ];
    for line in expected {
        let found = told.iter().filter(|told| told.starts_with(line)).count();
        assert_eq!(found, 1, "{line}\n{told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

#[test]
fn a_misspelt_key_is_answered_with_the_nearest_one() {
    let home = Home::with("[node.busy]\nupdate_intervall = \"2s\"\n");
    home.run(&[]).failed_with(
        "./rmqtt.toml:2: node.busy.update_intervall: unknown key, the nearest known one is \
         node.busy.update_interval\n",
    );
}

#[test]
fn a_wrong_unit_is_answered_with_a_right_one() {
    for (text, key, example) in [
        ("node.busy.update_interval = \"2 seconds\"", "node.busy.update_interval", "1h30m15s"),
        ("node.memory_max = \"4 gigabytes\"", "node.memory_max", "2G512M"),
    ] {
        let ended = Home::with(text).run(&[]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.starts_with(&format!("./rmqtt.toml:1: {key}: ")), "{ended:?}");
        assert!(ended.stderr.contains(example), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1);
    }
}

#[test]
fn a_bad_address_is_answered_with_a_good_one() {
    let ended = Home::with("[listener.tcp.a]\naddr = \"0.0.0.0\"\n").run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("./rmqtt.toml:2: listener.tcp.a.addr: "), "{ended:?}");
    assert!(ended.stderr.contains("\"0.0.0.0:1883\""), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1);
}

#[test]
fn an_address_that_is_taken_names_listener_and_key() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let home = Home::with(&format!("[listener.tcp.inner]\naddr = \"{addr}\"\n"));
    let ended = home.run(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let [line] = ended.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{ended:?}") };
    assert!(line.starts_with(&format!("listener inner/tcp: cannot listen on {addr}: ")), "{line}");
    let advice = ": listener.tcp.inner.addr has to be an address that no other program of this \
                  machine uses";
    assert!(line.ends_with(advice), "{line}");
}

#[test]
fn an_address_of_another_machine_is_told_in_the_same_way() {
    // Set aside for documents: no machine has it.
    let ended = Home::with("[listener.tcp.a]\naddr = \"192.0.2.1:1883\"\n").run(&[]);
    assert_eq!(ended.code, Some(1));
    let line = "listener a/tcp: cannot listen on 192.0.2.1:1883: ";
    assert!(ended.stderr.starts_with(line) && ended.stderr.contains("listener.tcp.a.addr"));
}

#[test]
fn a_named_file_that_is_missing_or_unreadable_is_an_error() {
    let home = Home::new();
    let folder = home.path("folder.toml");
    fs::create_dir(&folder).unwrap();
    for name in [home.name("missing.toml"), home.name("folder.toml")] {
        let ended = home.run(&["-f", &name]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.starts_with(&format!("{name}: cannot be read: ")), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1);
    }
    home.write("rmqtt.ini", "id = 1\n");
    let ended = home.run(&["-f", "rmqtt.ini"]);
    let line =
        "rmqtt.ini: a file that ends with .ini is not read, only .toml, .json, .yaml, .yml\n";
    assert!(ended.stderr.ends_with(line), "{ended:?}");
}

/// It passed the check, and the start blamed another program.
#[test]
fn two_listeners_of_one_address_are_told_by_name_before_anything_is_bound() {
    let home = Home::with(
        "[listener.tcp.all]\naddr = \"0.0.0.0:1883\"\n[listener.tcp.one]\naddr = \"127.0.0.1:1883\"\n",
    );
    for arguments in [&["--check-config"][..], &[]] {
        home.run(arguments).failed_with(
            "./rmqtt.toml:4: listener.tcp.one.addr: 0.0.0.0:1883 of listener.tcp.all takes \
             127.0.0.1:1883 too\n",
        );
    }
}

#[test]
fn a_port_of_root_is_answered_with_what_its_use_needs() {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if first.ok().and_then(|text| text.trim().parse().ok()).is_none_or(|first: u16| first < 1_024) {
        // Here every port is everybody's.
        return;
    }
    let home = Home::with("[listener.tcp.a]\naddr = \"127.0.0.1:80\"\n");
    home.open_to_all();
    let mut daemon = Daemon::spawn(&mut home.as_nobody(&[]));
    assert_eq!(daemon.wait(), Some(1));
    assert!(daemon.log().contains("CAP_NET_BIND_SERVICE"), "{}", daemon.log());
}

/// It started with its defaults: a file that it could not reach counted as not written.
#[test]
fn a_folder_that_is_closed_to_the_user_is_an_error_and_no_missing_configuration() {
    let home = Home::new();
    home.open_to_all();
    home.write("closed/rmqtt-retainer.toml", "max_retained_messages = 5\n");
    fs::set_permissions(home.path("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = home.as_nobody(&[]);
    let mut daemon = Daemon::spawn(command.env("RMQTT_PLUGINS__DIR", home.path("closed")));
    assert_eq!(daemon.wait(), Some(1));
    let log = daemon.log();
    let start = format!("{}: cannot be read: ", home.name("closed/rmqtt-retainer.toml"));
    let end = "; the user of the process has to be able to";
    let found = log.lines().find(|line| line.starts_with(&start)).unwrap();
    assert!(found.ends_with(end), "{log}");
    // So that the folder can be removed.
    fs::set_permissions(home.path("closed"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn broken_syntax_is_told_with_its_line() {
    let ended = Home::with("[node]\nid = one\n").run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("./rmqtt.toml:2: string values must be quoted"), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1);
}

#[test]
fn a_second_process_on_one_data_directory_is_told_who_has_it() {
    let home = Home::with(OPEN_LISTENER);
    let first = home.start(&[]);
    home.run(&[]).failed_with(&format!(
        "the data directory {} is in use by process {}: each process needs its own node.data_dir\n",
        home.name("data"),
        first.id()
    ));
}
