//! `[node]`

use rmqtt_test::{Connect, Started, Version, shows_key, shows_key_given};

#[test]
fn the_node_says_its_id() {
    let id = |broker: &mut Started| {
        let line = broker.wait_for_line(", node ");
        line.rsplit(' ').next().unwrap().to_owned()
    };
    shows_key("node.id", [("0", "0".to_owned()), ("7", "7".to_owned())], id);
}

#[test]
fn the_data_directory_is_where_the_lock_is() {
    let locked = |broker: &mut Started| {
        ["a", "b"].map(|name| broker.folder().join(name).join("rmqttd.lock").exists())
    };
    shows_key(
        "node.data_dir",
        [("\"{folder}/a\"", [true, false]), ("\"{folder}/b\"", [false, true])],
        locked,
    );
}

/// The node is busy in any case, which is as soon noticed as that its memory is used up, and is the
/// weaker reason to refuse a client.
#[test]
fn the_bound_of_memory_refuses_clients() {
    let refusal = |broker: &mut Started| {
        let mut code = 0;
        broker.wait_until("a refusal", || {
            code = broker.connect_code(&Connect::new(Version::V5, "c"));
            code != 0
        });
        code
    };
    shows_key_given(
        "node.memory_max",
        &[("node.busy.check_enable", "true"), ("node.busy.loadavg", "0")],
        [("\"1B\"", 0x97), ("\"0B\"", 0x88)],
        refusal,
    );
}
