//! Configurations as text, and what they mean or what is wrong with them.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::{
    Anonymous, Busy, Driver, LogFormat, LogLevel, LogRotation, LogTarget, LogTimeZone, Overflow,
    Rate, Window,
};

fn read(text: &str) -> Result<Settings, Problems> {
    Settings::from_toml(text, Path::new("rmqtt.toml"))
}

fn lines(text: &str) -> Vec<String> {
    read(text).unwrap_err().to_string().lines().map(str::to_owned).collect()
}

#[test]
fn nothing_written_is_one_listener_that_is_anonymous_for_this_machine_only() {
    let settings = read("").unwrap();
    let read = Settings::read(&Options::default(), &Sources::default()).unwrap();
    assert_eq!((settings.clone(), Vec::new()), (read.value, read.warnings));
    let [listener] = &settings.tcp_listeners[..] else { panic!("{:?}", settings.tcp_listeners) };
    assert_eq!(listener.addr.to_string(), "0.0.0.0:1883");
    assert_eq!(listener.allow_anonymous, Anonymous::Loopback);
    assert_eq!(settings.runtime.workers, None);
}

#[test]
fn a_written_listener_admits_nobody_anonymous_unless_it_says_so() {
    let settings = read("[listener.tcp.a]\naddr = \"0.0.0.0:1\"").unwrap();
    assert_eq!(settings.tcp_listeners[0].allow_anonymous, Anonymous::Never);
    let settings = read("[listener.tcp.a]\naddr = \"0.0.0.0:1\"\nallow_anonymous = true").unwrap();
    assert_eq!(settings.tcp_listeners[0].allow_anonymous, Anonymous::Always);
}

#[test]
fn defaults_of_a_written_listener_are_the_documented_ones() {
    let settings = read("[listener.tcp.a]\naddr = \"[::1]:1883\"").unwrap();
    let expected = TcpListener {
        name: "a".to_owned(),
        addr: "[::1]:1883".parse().unwrap(),
        max_connections: 1_024_000,
        max_handshaking_limit: 500,
        handshake_timeout: Duration::from_secs(15),
        max_packet_size_bytes: 1 << 20,
        backlog: 1_024,
        nodelay: true,
        reuseaddr: true,
        reuseport: false,
        tcp_keepalive: true,
        allow_anonymous: Anonymous::Never,
        min_keepalive_s: 0,
        max_keepalive_s: 65_535,
        allow_zero_keepalive: true,
        keepalive_backoff: 0.75,
        max_inflight: 256,
        max_mqueue_len: 100_000,
        max_mqueue_bytes: 64 << 20,
        mqueue_rate_limit: None,
        mqueue_overflow: Overflow::DropOldest,
        publisher_pause_max: Duration::from_secs(1),
        response_information: None,
        max_clientid_len: 65_535,
        max_qos_allowed: 2,
        max_topic_levels: None,
        session_expiry_interval: Duration::from_secs(7_200),
        max_session_expiry_interval: None,
        message_retry_interval: None,
        message_expiry_interval: None,
        max_subscriptions: None,
        max_topic_aliases: 32,
        limit_subscription: false,
        delayed_publish: false,
        shared_subscription: true,
    };
    assert_eq!(settings.tcp_listeners, [expected]);
}

#[test]
fn every_key_reaches_its_field() {
    let settings = read(
        r#"
        [node]
        id = 7
        data_dir = "data"
        memory_max = "1G"
        [node.busy]
        check_enable = true
        update_interval = "3s"
        loadavg = 4
        cpuloadavg = 50.5
        handshaking = 6
        [log]
        to = "both"
        level = "debug"
        dir = "logs"
        file = "a.log"
        format = "json"
        time_zone = "utc"
        rotation = "daily"
        max_files = 9
        [plugins]
        dir = "p"
        default_startups = ["a", "b"]
        disabled_default_startups = ["c"]
        [rpc]
        server_addr = "127.0.0.1:1"
        reuseaddr = false
        reuseport = true
        [circuit_breaker]
        failure_rate_threshold = 0.5
        sliding_window_type = "CountBased"
        sliding_window_size = 1
        sliding_window_duration = "2s"
        minimum_number_of_calls = 3
        wait_duration_in_open = "4s"
        slow_call_duration_threshold = "5s"
        slow_call_rate_threshold = 0.6
        [runtime]
        driver = "portable"
        workers = 3
        [mqtt]
        delayed_publish_max = 5
        delayed_publish_immediate = false
        max_sessions = 6
        [listener.tcp.b]
        enable = true
        addr = "127.0.0.1:11883"
        max_connections = 1
        max_handshaking_limit = 2
        handshake_timeout = "3s"
        max_packet_size = "0B"
        backlog = 4
        nodelay = false
        reuseaddr = false
        reuseport = true
        tcp_keepalive = false
        allow_anonymous = true
        min_keepalive = 5
        max_keepalive = 6
        allow_zero_keepalive = false
        keepalive_backoff = 1
        max_inflight = 7
        max_mqueue_len = 8
        max_mqueue_bytes = "9B"
        mqueue_rate_limit = "9,1s"
        mqueue_overflow = "disconnect"
        publisher_pause_max = "5ms"
        response_information = "replies/%c/"
        max_clientid_len = 23
        max_qos_allowed = 1
        max_topic_levels = 10
        session_expiry_interval = "11s"
        max_session_expiry_interval = "12s"
        message_retry_interval = "13s"
        message_expiry_interval = "14s"
        max_subscriptions = 15
        max_topic_aliases = 16
        limit_subscription = true
        delayed_publish = true
        shared_subscription = false
        "#,
    )
    .unwrap();
    let expected = Settings {
        node: Node {
            id: 7,
            data_dir: Some(PathBuf::from("data")),
            memory_max_bytes: Some(1 << 30),
            busy: Busy {
                check_enable: true,
                update_interval: Duration::from_secs(3),
                loadavg: 4.0,
                cpuloadavg: 50.5,
                handshaking: Some(6),
            },
        },
        log: Log {
            to: LogTarget::Both,
            level: LogLevel::Debug,
            dir: PathBuf::from("logs"),
            file: "a.log".to_owned(),
            format: LogFormat::Json,
            time_zone: LogTimeZone::Utc,
            rotation: LogRotation::Daily,
            max_files: Some(9),
        },
        plugins: Plugins {
            dir: PathBuf::from("p"),
            default_startups: vec!["a".to_owned(), "b".to_owned()],
            disabled_default_startups: vec!["c".to_owned()],
        },
        rpc: Rpc { server_addr: "127.0.0.1:1".parse().unwrap(), reuseaddr: false, reuseport: true },
        circuit_breaker: CircuitBreaker {
            failure_rate_threshold: 0.5,
            sliding_window_type: Window::CountBased,
            sliding_window_size: 1,
            sliding_window_duration: Duration::from_secs(2),
            minimum_number_of_calls: 3,
            wait_duration_in_open: Duration::from_secs(4),
            slow_call_duration_threshold: Duration::from_secs(5),
            slow_call_rate_threshold: 0.6,
        },
        cluster: Cluster::default(),
        runtime: Runtime { driver: Driver::Portable, workers: Some(3) },
        mqtt: Mqtt {
            delayed_publish_max: 5,
            delayed_publish_immediate: false,
            max_sessions: Some(6),
        },
        tcp_listeners: vec![TcpListener {
            name: "b".to_owned(),
            addr: "127.0.0.1:11883".parse().unwrap(),
            max_connections: 1,
            max_handshaking_limit: 2,
            handshake_timeout: Duration::from_secs(3),
            max_packet_size_bytes: 268_435_460,
            backlog: 4,
            nodelay: false,
            reuseaddr: false,
            reuseport: true,
            tcp_keepalive: false,
            allow_anonymous: Anonymous::Always,
            min_keepalive_s: 5,
            max_keepalive_s: 6,
            allow_zero_keepalive: false,
            keepalive_backoff: 1.0,
            max_inflight: 7,
            max_mqueue_len: 8,
            max_mqueue_bytes: 9,
            mqueue_rate_limit: Some(Rate { count: 9, period: Duration::from_secs(1) }),
            mqueue_overflow: Overflow::Disconnect,
            publisher_pause_max: Duration::from_millis(5),
            response_information: Some("replies/%c/".to_owned()),
            max_clientid_len: 23,
            max_qos_allowed: 1,
            max_topic_levels: Some(10),
            session_expiry_interval: Duration::from_secs(11),
            max_session_expiry_interval: Some(Duration::from_secs(12)),
            message_retry_interval: Some(Duration::from_secs(13)),
            message_expiry_interval: Some(Duration::from_secs(14)),
            max_subscriptions: Some(15),
            max_topic_aliases: 16,
            limit_subscription: true,
            delayed_publish: true,
            shared_subscription: false,
        }],
    };
    assert_eq!(settings, expected);
}

#[test]
fn what_the_original_takes_and_nobody_misunderstands_is_taken() {
    let settings = read(
        "[node]\nid = \"1\"\nbusy.handshaking = -1\nbusy.check_enable = \"on\"\n\
         [log]\nto = \"Console\"\nlevel = \"INFO\"\n[mqtt]\nmax_sessions = -1\n\
         [listener.tcp.a]\naddr = \"0.0.0.0:1\"\nallow_anonymous = \"true\"\nbacklog = 0\n\
         keepalive_backoff = \"0.5\"",
    )
    .unwrap();
    assert_eq!(settings.node.id, 1);
    assert_eq!((settings.node.busy.handshaking, settings.mqtt.max_sessions), (None, None));
    assert!(settings.node.busy.check_enable);
    assert_eq!((settings.log.to, settings.log.level), (LogTarget::Console, LogLevel::Info));
    let listener = &settings.tcp_listeners[0];
    assert_eq!(listener.allow_anonymous, Anonymous::Always);
    assert_eq!((listener.backlog, listener.keepalive_backoff), (0, 0.5));
}

/// The line about the listener that is there without a section named a key of it, and whoever wrote
/// that key got an error.
#[test]
fn the_default_listener_has_its_address_also_where_one_of_its_keys_is_written() {
    let settings = read("listener.tcp.default.allow_anonymous = true").unwrap();
    let expected =
        TcpListener { allow_anonymous: Anonymous::Always, ..TcpListener::unconfigured() };
    assert_eq!(settings.tcp_listeners, [expected]);
    let settings = read("listener.tcp.default.addr = \"127.0.0.1:5\"").unwrap();
    assert_eq!(settings.tcp_listeners[0].addr.to_string(), "127.0.0.1:5");
}

#[test]
fn listeners_that_the_system_can_bind_beside_one_another_do_not_collide() {
    let listeners = |addrs: &[&str], more: &str| {
        let sections = addrs.iter().enumerate();
        let text: String = sections
            .map(|(number, addr)| format!("[listener.tcp.n{number}]\naddr = \"{addr}\"\n{more}\n"))
            .collect();
        read(&text).unwrap().tcp_listeners
    };
    let only_v6 = |addrs: &[&str]| {
        let listeners = listeners(addrs, "");
        listeners.iter().map(|one| one.is_only_v6(&listeners)).collect::<Vec<_>>()
    };
    assert_eq!(only_v6(&["0.0.0.0:1", "[::]:1"]), [false, true]);
    assert_eq!(only_v6(&["[::]:1", "0.0.0.0:1"]), [true, false]);
    assert_eq!(only_v6(&["[::]:1", "0.0.0.0:2"]), [false, false]);
    assert_eq!(only_v6(&["[::]:0", "0.0.0.0:0"]), [false, false]);
    assert_eq!(only_v6(&["[::1]:1", "127.0.0.1:1", "127.0.0.2:1"]), [false, false, false]);
    listeners(&["0.0.0.0:1", "127.0.0.1:1"], "reuseport = true");
}

#[test]
fn a_listener_that_is_not_enabled_is_read_and_left_out() {
    let settings = read(
        "[listener.tcp.a]\naddr = \"0.0.0.0:1\"\n[listener.tcp.b]\nenable = false\naddr = \"0.0.0.0:2\"",
    )
    .unwrap();
    assert_eq!(settings.tcp_listeners.len(), 1);
    assert_eq!(settings.tcp_listeners[0].name, "a");
}

#[test]
fn each_problem_is_one_line_with_place_key_and_what_was_expected() {
    const A: &str = "[listener.tcp.a]\naddr = \"0.0.0.0:1883\"\n";
    for (text, expected) in [
        (
            "[listener.tcp.a]\n",
            "rmqtt.toml:1: listener.tcp.a.addr: required, such as \"0.0.0.0:1883\"",
        ),
        (
            "[listener.tcp.a]\naddr = \"1883\"",
            "rmqtt.toml:2: listener.tcp.a.addr: expected an address and port such as \"0.0.0.0:1883\", found \"1883\"",
        ),
        (
            &format!("{A}max_inflight = 0"),
            "rmqtt.toml:3: listener.tcp.a.max_inflight: expected a whole number from 1 to 65535, found 0",
        ),
        (
            &format!("{A}max_inflight = \"nine\""),
            "rmqtt.toml:3: listener.tcp.a.max_inflight: expected a whole number from 1 to 65535, found \"nine\"",
        ),
        (
            &format!("{A}nodelay = 2"),
            "rmqtt.toml:3: listener.tcp.a.nodelay: expected true or false, found 2",
        ),
        (
            &format!("{A}keepalive_backoff = 0.4"),
            "rmqtt.toml:3: listener.tcp.a.keepalive_backoff: expected a number from 0.5 to 100, found 0.4",
        ),
        (
            &format!("{A}handshake_timeout = \"30\""),
            "rmqtt.toml:3: listener.tcp.a.handshake_timeout: expected a duration such as \"1h30m15s\" (units ms, s, m, h, d, w, f), found a number without a unit in \"30\"",
        ),
        (
            &format!("{A}handshake_timeout = 30"),
            "rmqtt.toml:3: listener.tcp.a.handshake_timeout: expected a duration such as \"1h30m15s\", found 30",
        ),
        (
            &format!("{A}handshake_timeout = \"0\""),
            "rmqtt.toml:3: listener.tcp.a.handshake_timeout: expected more than 0",
        ),
        (
            &format!("{A}max_packet_size = \"1m\""),
            "rmqtt.toml:3: listener.tcp.a.max_packet_size: expected a size such as \"2G512M\" (units B, K, KB, M, MB, G, GB; 1K is 1024B), found an unknown unit in \"1m\"",
        ),
        (
            &format!("{A}max_packet_size = \"1G\""),
            "rmqtt.toml:3: listener.tcp.a.max_packet_size: expected at most 268435460 bytes, found 1073741824 in \"1G\"",
        ),
        (
            &format!("{A}mqueue_overflow = \"drop\""),
            "rmqtt.toml:3: listener.tcp.a.mqueue_overflow: expected one of \"drop_oldest\", \"drop_new\", \"disconnect\", found \"drop\"",
        ),
        (
            &format!("{A}min_keepalive = 9\nmax_keepalive = 8"),
            "rmqtt.toml:3: listener.tcp.a.min_keepalive: expected at most max_keepalive, 8",
        ),
        (
            &format!("{A}[listener.tcp.b]\naddr = \"0.0.0.0:1883\""),
            "rmqtt.toml:4: listener.tcp.b.addr: 0.0.0.0:1883 is the address of listener.tcp.a too",
        ),
        (
            &format!("{A}[listener.tcp.\"b c\"]\naddr = \"127.0.0.1:1883\""),
            "rmqtt.toml:4: listener.tcp.\"b c\".addr: 0.0.0.0:1883 of listener.tcp.a takes 127.0.0.1:1883 too",
        ),
        (
            "[listener.tcp.a]\naddr = \"[::1]:1\"\n[listener.tcp.b]\naddr = \"[::]:1\"",
            "rmqtt.toml:4: listener.tcp.b.addr: [::]:1 takes [::1]:1 of listener.tcp.a too",
        ),
        (
            "[listener.tcp.a]\naddr = \"[::]:1\"\n[listener.tcp.b]\naddr = \"127.0.0.1:1\"",
            "rmqtt.toml:4: listener.tcp.b.addr: [::]:1 of listener.tcp.a takes 127.0.0.1:1 too",
        ),
        (
            "[listener.tcp.\"\"]\naddr = \"[::]:1\"",
            "rmqtt.toml:1: listener.tcp.\"\": expected a name that is not empty",
        ),
        (
            "[listener.tcp.\"a\\nb\"]\naddr = \"[::]:1\"",
            "rmqtt.toml:1: listener.tcp.\"a\\nb\": expected a name without line breaks and control characters",
        ),
        (
            "[listener.tcp.\"*\"]\naddr = \"[::]:1\"",
            "rmqtt.toml:1: listener.tcp.*: expected a name: * and [0] are signs in the paths of keys",
        ),
        (
            "[listener.tcp.\"[0]\"]\naddr = \"[::]:1\"",
            "rmqtt.toml:1: listener.tcp[0]: expected a name: * and [0] are signs in the paths of keys",
        ),
        (
            &format!("{A}enable = false"),
            "rmqtt.toml:1: listener: expected at least one listener that is enabled",
        ),
        ("[listener]\ntcp = 5", "rmqtt.toml:2: listener.tcp: expected a section, found a number"),
        (
            "[listener.tcp]\naddr = \"0.0.0.0:1\"",
            "rmqtt.toml:2: listener.tcp.addr: expected a section, found a text",
        ),
        ("node = 1", "rmqtt.toml:1: node: expected a section, found a number"),
        (
            &format!("{A}adr = 1"),
            "rmqtt.toml:3: listener.tcp.a.adr: unknown key, the nearest known one is listener.tcp.a.addr",
        ),
        (
            "[listner.tcp.a]\naddr = \"0.0.0.0:1\"",
            "rmqtt.toml:1: listner: unknown key, the nearest known one is listener",
        ),
        (
            "[listener.tpc.a]\naddr = \"0.0.0.0:1\"",
            "rmqtt.toml:1: listener.tpc: unknown key, the nearest known one is listener.tcp",
        ),
        (
            "max_sessions = 1",
            "rmqtt.toml:1: max_sessions: unknown key, the nearest known one is mqtt.max_sessions",
        ),
        ("[colours]\nsky = 1\nsea = 2", "rmqtt.toml:1: colours: unknown key"),
        (
            "[listener.tls.a]\naddr = \"0.0.0.0:8883\"",
            "rmqtt.toml:1: listener.tls.a: this build has no TLS listeners yet; enable = false keeps the section for later",
        ),
        (
            "[listener.quic.a]\naddr = \"0.0.0.0:9443\"\nenable = false\nidle_timeout = \"0s\"",
            "rmqtt.toml:4: listener.quic.a.idle_timeout: expected more than 0",
        ),
        (
            &format!("{A}proxy_protocol = true"),
            "rmqtt.toml:3: listener.tcp.a.proxy_protocol: this build has no PROXY protocol yet",
        ),
        (
            &format!("{A}mqueue_rate_limit = \"0,1s\""),
            "rmqtt.toml:3: listener.tcp.a.mqueue_rate_limit: expected a count of at least 1 and a duration of more than 0, such as \"1000,1s\", found a count of 0 in \"0,1s\"",
        ),
        (
            &format!("{A}mqueue_rate_limt = \"1000,1s\""),
            "rmqtt.toml:3: listener.tcp.a.mqueue_rate_limt: unknown key, the nearest known one is listener.tcp.a.mqueue_rate_limit",
        ),
        (
            "plugins.default_startups = \"a\"",
            "rmqtt.toml:1: plugins.default_startups: expected a list, found \"a\"",
        ),
        (
            "log.to = \"nowhere\"",
            "rmqtt.toml:1: log.to: expected one of \"console\", \"file\", \"both\", \"off\", found \"nowhere\"",
        ),
        (
            "log.file = \"a/b.log\"",
            "rmqtt.toml:1: log.file: expected a name without a folder, which is log.dir",
        ),
        ("log.file = \"..\"", "rmqtt.toml:1: log.file: expected the name of a file"),
        ("log.file = \"a\\nb\"", "rmqtt.toml:1: log.file: expected the name of a file"),
        (
            "node.memory_max = \"1X\"",
            "rmqtt.toml:1: node.memory_max: expected a size such as \"2G512M\" (units B, K, KB, M, MB, G, GB; 1K is 1024B), found an unknown unit in \"1X\"",
        ),
        (
            "node.busy.cpuloadavg = -1",
            "rmqtt.toml:1: node.busy.cpuloadavg: expected a number from 0 to 1000000, found -1",
        ),
        (
            "node.busy.update_interval = \"0s\"",
            "rmqtt.toml:1: node.busy.update_interval: expected more than 0",
        ),
        (
            "rpc.server_addr = \"5363\"",
            "rmqtt.toml:1: rpc.server_addr: expected an address and port such as \"0.0.0.0:1883\", found \"5363\"",
        ),
        (
            "circuit_breaker.sliding_window_type = \"timebased\"",
            "rmqtt.toml:1: circuit_breaker.sliding_window_type: expected one of \"TimeBased\", \"CountBased\", found \"timebased\"",
        ),
        (
            "runtime.workers = 0",
            "rmqtt.toml:1: runtime.workers: expected a whole number from 1 to 1024, found 0",
        ),
    ] {
        assert_eq!(lines(text), [expected], "{text}");
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_their_lines() {
    let found = lines(
        "[mqtt]\nmax_sessions = 0.5\n[listener.tls.a]\n[log]\nlevel = \"loud\"\n[listener.tcp.b]\nadr = 1\n",
    );
    let starts: Vec<&str> = found.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        starts,
        [
            "mqtt.max_sessions",
            "listener.tls.a.addr",
            "listener.tls.a",
            "log.level",
            "listener.tcp.b.addr",
            "listener.tcp.b.adr"
        ],
        "{found:#?}"
    );
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let options =
        Options { config: Some(PathBuf::from("/no/such/rmqtt.toml")), ..Options::default() };
    let problems = Settings::read(&options, &Sources::default()).unwrap_err();
    assert!(problems.to_string().starts_with("/no/such/rmqtt.toml: cannot be read: "));
}

#[test]
fn a_listener_of_another_kind_that_is_not_enabled_is_read_and_left_out() {
    for (kind, listeners) in [("tls", None), ("ws", Some(1)), ("wss", Some(1)), ("quic", Some(1))] {
        let text = format!("[listener.{kind}.a]\naddr = \"0.0.0.0:1\"\nenable = false");
        // A TLS section counts as a listener that was written: there is no default one then.
        assert_eq!(read(&text).ok().map(|settings| settings.tcp_listeners.len()), listeners);
    }
}

fn warnings(text: &str, options: &Options) -> Vec<String> {
    let written = Written::from_toml(text, &Arc::from(Path::new("rmqtt.toml"))).unwrap();
    let read = Settings::read_written(&written, options).unwrap();
    read.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn keys_without_effect_are_warned_of_once_each() {
    let text = "[task]\nexec_workers = 2000\nexec_queue_max = 1\n[node]\ncookie = \"x\"\n\
                [listener.tcp.a]\naddr = \"0.0.0.0:1\"\nworkers = 8\ncert = \"a.pem\"\n\
                [listener.tcp.b]\naddr = \"0.0.0.0:2\"\nworkers = 8\n[rpc]\n\
                reuseport = true\nserver_addr = \"0.0.0.0:1\"\n[circuit_breaker]\n\
                failure_rate_threshold = 0.35\n[log]\nmax_files = 3\n";
    let warnings = warnings(text, &Options::default());
    let keys: Vec<&str> = warnings.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        keys,
        [
            "task.exec_workers",
            "task.exec_queue_max",
            "node.cookie",
            "log.max_files",
            "rpc.server_addr",
            "listener.tcp.a.cert",
            "listener.tcp.a.workers",
        ],
        "{warnings:#?}"
    );
}

#[test]
fn addresses_of_nodes_are_judged_and_have_no_effect_yet() {
    let options = |addrs: &[&str]| Options {
        node_grpc_addrs: addrs.iter().map(ToString::to_string).collect(),
        raft_leader_id: Some(2),
        ..Options::default()
    };
    assert_eq!(
        warnings("", &options(&["1@a:1", "2@b:2"])),
        [
            "--node-grpc-addrs: has no effect yet: this build has no cluster",
            "--raft-leader-id: has no effect yet: this build has no cluster",
        ]
    );
    let read = |addrs: &[&str]| Settings::read_written(&Written::default(), &options(addrs));
    let cluster = read(&["1@a:1", "2@b:2"]).unwrap().value.cluster;
    assert_eq!(cluster.node_grpc_addrs[1].to_string(), "2@b:2");
    assert_eq!(cluster.raft_leader_id, Some(2));
    assert_eq!(
        read(&["1@a:1", "a:1", "1@b:1"]).unwrap_err().to_string(),
        "--node-grpc-addrs: expected a node's address of the form ID@HOST:PORT, such as \
         \"1@10.0.0.1:5363\", found \"a:1\"\n--node-grpc-addrs: node 1 is named twice"
    );
}

#[test]
fn the_settings_of_the_process_are_kept() {
    let kept = Settings::init(&Options::default()).unwrap();
    assert_eq!(Settings::instance(), Some(kept));
}
