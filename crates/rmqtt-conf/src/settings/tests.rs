//! Configurations as text, and what they mean or what is wrong with them.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::{Anonymous, Driver, LogLevel, Overflow, Strategy};

fn read(text: &str) -> Result<Settings, Problems> {
    Settings::from_toml(text, Path::new("rmqtt.toml"))
}

fn lines(text: &str) -> Vec<String> {
    read(text).unwrap_err().to_string().lines().map(str::to_owned).collect()
}

#[test]
fn nothing_written_is_one_listener_that_is_anonymous_for_this_machine_only() {
    let settings = read("").unwrap();
    assert_eq!(settings, Settings::load(&Options::default()).unwrap());
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
        [log]
        to = "console"
        level = "debug"
        [runtime]
        driver = "portable"
        workers = 3
        [mqtt]
        delayed_publish_max = 5
        delayed_publish_immediate = false
        max_sessions = 6
        [retain]
        max_retained_messages = 8
        max_payload_size = "2K"
        message_ttl = "1d"
        [shared_subscription]
        strategy = "hash_topic"
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
        node: Node { id: 7 },
        log: Log { level: LogLevel::Debug },
        runtime: Runtime { driver: Driver::Portable, workers: Some(3) },
        mqtt: Mqtt {
            delayed_publish_max: 5,
            delayed_publish_immediate: false,
            max_sessions: Some(6),
        },
        retain: Retain {
            max_retained_messages: Some(8),
            max_payload_bytes: 2_048,
            message_ttl: Some(Duration::from_secs(86_400)),
        },
        shared_subscription: SharedSubscription { strategy: Strategy::HashTopic },
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
            &format!("{A}max_inflight = \"9\""),
            "rmqtt.toml:3: listener.tcp.a.max_inflight: expected a whole number from 1 to 65535, found \"9\"",
        ),
        (
            &format!("{A}nodelay = 1"),
            "rmqtt.toml:3: listener.tcp.a.nodelay: expected true or false, found 1",
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
            &format!("{A}enable = false"),
            "rmqtt.toml:1: listener.tcp: expected at least one listener that is enabled",
        ),
        ("[listener]\ntcp = 5", "rmqtt.toml:2: listener.tcp: expected a section, found 5"),
        (
            "[listener.tcp]\naddr = \"0.0.0.0:1\"",
            "rmqtt.toml:2: listener.tcp.addr: expected a section, found \"0.0.0.0:1\"",
        ),
        ("node = 1", "rmqtt.toml:1: node: expected a section, found 1"),
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
            "rmqtt.toml:1: listener.tls: this build does not have it yet",
        ),
        (
            &format!("{A}mqueue_rate_limit = \"1000,1s\""),
            "rmqtt.toml:3: listener.tcp.a.mqueue_rate_limit: this build does not have it yet",
        ),
        (
            &format!("{A}mqueue_rate_limt = \"1000,1s\""),
            "rmqtt.toml:3: listener.tcp.a.mqueue_rate_limt: unknown key, the nearest known one is listener.tcp.a.mqueue_rate_limit",
        ),
        ("[plugins]\ndir = \"x\"", "rmqtt.toml:1: plugins: this build does not have it yet"),
        ("log.to = \"both\"", "rmqtt.toml:1: log.to: this build has only \"console\" yet"),
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
        "[mqtt]\nmax_sessions = -1\n[listener.tls.a]\n[log]\nlevel = \"loud\"\n[listener.tcp.b]\nadr = 1\n",
    );
    let starts: Vec<&str> = found.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        starts,
        [
            "mqtt.max_sessions",
            "listener.tls",
            "log.level",
            "listener.tcp.b.addr",
            "listener.tcp.b.adr"
        ],
        "{found:#?}"
    );
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let options = Options { config: Some(PathBuf::from("/no/such/rmqtt.toml")), version: false };
    let problems = Settings::load(&options).unwrap_err();
    assert!(problems.to_string().starts_with("/no/such/rmqtt.toml: cannot be read: "));
}
