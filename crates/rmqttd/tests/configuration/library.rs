//! Every public name of RMQTT's library is there, is pending, or has a row that says what is there in
//! its place.

use std::collections::BTreeSet;
use std::fs;

use super::pending::names;
use crate::root;

/// Names of one kind, and how one of them is found in this repository.
struct Kind {
    what: &'static str,
    /// What stands before a name where names of this kind are written out.
    prefix: &'static str,
    names: &'static [&'static str],
    is_here: fn(&str) -> bool,
}

const KINDS: [Kind; 11] = [
    Kind {
        what: "a method of the context's builder",
        prefix: "",
        names: &[
            "args",
            "build",
            "busy_check_enable",
            "busy_handshaking_limit",
            "circuit_breaker_config",
            "mqtt_delayed_publish_immediate",
            "mqtt_delayed_publish_max",
            "mqtt_max_sessions",
            "node",
            "node_id",
            "plugins_config",
            "plugins_config_dir",
            "plugins_config_map",
            "plugins_config_map_add",
            "task_exec_queue_max",
            "task_exec_workers",
        ],
        is_here: |name| has_method("crates/rmqtt/src/context/builder.rs", name),
    },
    Kind {
        what: "a method of the listener's builder",
        prefix: "",
        names: &[
            "allow_anonymous",
            "allow_zero_keepalive",
            "backlog",
            "bind",
            "bind_quic",
            "cert_cn_as_username",
            "cert_subject_dn_as_username",
            "collect_cert_info",
            "delayed_publish",
            "handshake_timeout",
            "idle_timeout",
            "keepalive_backoff",
            "laddr",
            "limit_subscription",
            "max_clientid_len",
            "max_connections",
            "max_handshaking_limit",
            "max_inflight",
            "max_keepalive",
            "max_mqueue_len",
            "max_packet_size",
            "max_qos_allowed",
            "max_session_expiry_interval",
            "max_subscriptions",
            "max_topic_aliases",
            "max_topic_levels",
            "message_expiry_interval",
            "message_retry_interval",
            "min_keepalive",
            "mqueue_rate_limit",
            "name",
            "nodelay",
            "proxy_protocol",
            "proxy_protocol_timeout",
            "reuseaddr",
            "reuseport",
            "send_timeout",
            "session_expiry_interval",
            "tcp",
            "tcp_keepalive",
            "tls",
            "tls_cert",
            "tls_client_ca_certs",
            "tls_cross_certificate",
            "tls_key",
            "ws",
            "wss",
        ],
        is_here: |name| has_method("crates/rmqtt/src/net/builder.rs", name),
    },
    Kind {
        what: "a method of the server and its builder",
        prefix: "",
        names: &["build", "listener", "listener_by_id", "run", "start"],
        is_here: |name| has_method("crates/rmqtt/src/server.rs", name),
    },
    Kind {
        what: "a function of plugins",
        prefix: "",
        names: &[
            "get_config",
            "load_config",
            "register",
            "register_named",
            "send",
            "start",
            "stop",
        ],
        is_here: |name| {
            has_method("crates/rmqtt/src/plugin/manager.rs", name)
                || has_method("crates/rmqtt/src/plugin/registration.rs", name)
        },
    },
    Kind {
        what: "a macro",
        prefix: "",
        names: &["#[derive(Metrics)]", "#[derive(Plugin)]", "register!"],
        is_here: |name| match name {
            "register!" => {
                contains("crates/rmqtt/src/plugin/registration.rs", "macro_rules! register ")
            }
            derive => {
                let trait_name = derive.trim_start_matches("#[derive(").trim_end_matches(")]");
                let attribute = format!("#[proc_macro_derive({trait_name})]");
                contains("crates/rmqtt-macros/src/lib.rs", &attribute)
            }
        },
    },
    Kind {
        what: "an extension point",
        prefix: "",
        names: &[
            "add",
            "add_priority",
            "auto_subscription_mut",
            "delayed_sender_mut",
            "fitter_mgr_mut",
            "hook_mgr_mut",
            "message_mgr_mut",
            "retain_mut",
            "router_mut",
            "session_mgr_mut",
            "shared_mut",
            "shared_subscription_mut",
            "AutoSubscription",
            "DelayedSender",
            "FitterManager",
            "HookManager",
            "MessageManager",
            "RetainStorage",
            "Router",
            "SessionManager",
            "Shared",
            "SharedSubscription",
        ],
        // The organs themselves are not public, so only what registers hooks is looked for.
        is_here: |name| has_method("crates/rmqtt/src/hook/manager.rs", name),
    },
    Kind {
        what: "a feature of rmqtt",
        prefix: "",
        names: &[
            "auto-subscription",
            "debug",
            "delayed",
            "full",
            "grpc",
            "limit-subscription",
            "metrics",
            "msgstore",
            "plugin",
            "quic",
            "rate-counter",
            "retain",
            "shared-subscription",
            "stats",
            "tls",
            "ws",
        ],
        is_here: |name| has_feature("crates/rmqtt/Cargo.toml", name),
    },
    Kind {
        what: "a feature of rmqtt-plugins",
        prefix: "",
        names: &[
            "acl",
            "auth-http",
            "auth-jwt",
            "auto-subscription",
            "bridge-egress-kafka",
            "bridge-egress-mqtt",
            "bridge-egress-nats",
            "bridge-egress-pulsar",
            "bridge-egress-reductstore",
            "bridge-ingress-kafka",
            "bridge-ingress-mqtt",
            "bridge-ingress-nats",
            "bridge-ingress-pulsar",
            "bridge-origin",
            "cluster-broadcast",
            "cluster-raft",
            "counter",
            "full",
            "http-api",
            "http-api-redb",
            "http-api-redis",
            "http-api-redis-cluster",
            "http-api-sled",
            "message-storage",
            "message-storage-ram",
            "message-storage-redis",
            "message-storage-redis-cluster",
            "p2p-messaging",
            "retainer",
            "retainer-ram",
            "retainer-redis",
            "retainer-sled",
            "session-storage",
            "session-storage-redis",
            "session-storage-redis-cluster",
            "session-storage-sled",
            "shared-subscription",
            "sys-topic",
            "topic-rewrite",
            "web-hook",
        ],
        is_here: |name| has_feature("crates/rmqtt-plugins/Cargo.toml", name),
    },
    Kind {
        what: "a module of rmqtt-plugins",
        prefix: "rmqtt_plugins::",
        names: &[
            "acl",
            "auth_http",
            "auth_jwt",
            "auto_subscription",
            "bridge_egress_kafka",
            "bridge_egress_mqtt",
            "bridge_egress_nats",
            "bridge_egress_pulsar",
            "bridge_egress_reductstore",
            "bridge_ingress_kafka",
            "bridge_ingress_mqtt",
            "bridge_ingress_nats",
            "bridge_ingress_pulsar",
            "bridge_origin",
            "cluster_broadcast",
            "cluster_raft",
            "counter",
            "http_api",
            "message_storage",
            "p2p_messaging",
            "retainer",
            "session_storage",
            "shared_subscription",
            "sys_topic",
            "topic_rewrite",
            "web_hook",
        ],
        is_here: |name| {
            contains("crates/rmqtt-plugins/src/lib.rs", &format!("pub use rmqtt_{name} as {name};"))
        },
    },
    Kind {
        what: "a crate",
        prefix: "",
        names: &[
            "rmqtt",
            "rmqtt-bin",
            "rmqtt-codec",
            "rmqtt-conf",
            "rmqtt-macros",
            "rmqtt-net",
            "rmqtt-plugins",
            "rmqtt-test",
            "rmqtt-utils",
        ],
        is_here: |name| root().join("crates").join(name).join("Cargo.toml").exists(),
    },
    Kind {
        what: "an example",
        prefix: "",
        names: &[
            "cluster-broadcast",
            "cluster-raft-3",
            "cluster-raft-5",
            "multi",
            "plugin",
            "plugins",
            "rmqtt-net/examples/server",
            "simple",
            "simple_quic",
            "simple_quic_client",
            "simple_tls",
            "simple_ws",
            "simple_wss",
        ],
        is_here: |name| {
            ["rmqtt", "rmqtt-plugins"]
                .into_iter()
                .any(|krate| root().join(format!("crates/{krate}/examples/{name}.rs")).exists())
        },
    },
];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn contains(path: &str, text: &str) -> bool {
    read(path).contains(text)
}

fn has_method(path: &str, name: &str) -> bool {
    let source = read(path);
    ["pub fn", "pub async fn"].into_iter().any(|declared| {
        ["(", "<"].into_iter().any(|next| source.contains(&format!("{declared} {name}{next}")))
    })
}

fn has_feature(manifest: &str, name: &str) -> bool {
    let manifest: toml::Table = read(manifest).parse().unwrap();
    manifest.get("features").and_then(|features| features.get(name)).is_some()
}

/// Rows of tables, and whole paragraphs.
pub(crate) fn statements(paper: &str) -> impl Iterator<Item = &str> {
    paper
        .split("\n\n")
        .flat_map(|text| text.split(if text.starts_with('|') { "\n" } else { "\n\n" }))
}

#[test]
fn every_name_of_the_library_is_there_or_pending_or_has_its_replacement() {
    let (paper, pending) = (read("docs/library.md"), names("library"));
    let mut missing = Vec::new();
    for Kind { what, prefix, names, is_here } in &KINDS {
        for name in *names {
            let written = format!("{prefix}{name}");
            // A function may stand with its parameters.
            let quoted = [format!("`{written}`"), format!("`{written}(")];
            let is_named = |row: &&str| quoted.iter().any(|quoted| row.contains(quoted));
            let rows: Vec<&str> = statements(&paper).filter(is_named).collect();
            let says =
                |words: &[&str]| rows.iter().any(|row| words.iter().any(|word| row.contains(word)));
            if rows.is_empty() {
                missing.push(format!("{written}, {what}, does not stand in docs/library.md"));
            } else if is_here(name) {
                if says(&["not offered"]) {
                    missing.push(format!("{written}, {what}, is there, and said not to be"));
                }
            } else if !pending.contains(&written) && !says(&["replaced", "not offered"]) {
                missing.push(format!("{written}, {what}, is neither there nor accounted for"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// What is pending is struck from the list when it comes, and the list names nothing else.
#[test]
fn what_is_pending_of_the_library_is_not_there_and_is_known() {
    let pending = names("library");
    let mut known = BTreeSet::new();
    for Kind { what, prefix, names, is_here } in &KINDS {
        for name in *names {
            let written = format!("{prefix}{name}");
            assert!(!pending.contains(&written) || !is_here(name), "{what}, {written}, is there");
            known.insert(written);
        }
    }
    let unknown: Vec<&String> = pending.iter().filter(|name| !known.contains(*name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Those that a program imports by their names.
#[test]
fn the_settings_of_the_daemon_are_public() {
    let _: fn(&rmqtt_conf::Settings) -> &rmqtt_conf::logging::Log = |settings| &settings.log;
    let _: Option<rmqtt_conf::Options> = None;
}
