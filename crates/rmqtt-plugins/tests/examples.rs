//! The examples do what they say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use rmqtt_test::{Connect, Publish, RawClient, Version};

use example::Example;

#[path = "../../rmqtt/tests/support/example.rs"]
mod example;

fn client(example: &Example, name: &str) -> RawClient {
    RawClient::connected(example.addresses[0], &Connect::new(Version::V5, name))
}

/// Whether a message with so many bytes is retained.
fn retains(example: &Example, bytes: usize) -> bool {
    let mut publisher = client(example, "publisher");
    for (topic, bytes) in [("kept/this", bytes), ("kept/end", 0)] {
        publisher.publish_with(Publish::new(topic, vec![b'm'; bytes.max(1)]).qos(1).retain());
    }
    publisher.leave();
    let mut subscriber = client(example, "subscriber");
    subscriber.subscribe("kept/this", 0);
    subscriber.subscribe("kept/end", 0);
    // What is retained comes in the order of the subscriptions.
    let first = subscriber.expect_delivery();
    first.topic == "kept/this" && first.payload.len() == bytes
}

#[test]
fn plugin_takes_the_configuration_of_its_plugins_from_a_folder_or_from_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["127.0.0.1:0", folder.path().to_str().unwrap()];
    let by_text = Example::start("plugin", &arguments, 1);
    assert!(retains(&by_text, 60_000));
    assert!(!retains(&by_text, 70_000));
    assert_eq!(client(&by_text, "member").subscribe("$share/g/t", 1), 1);

    fs::write(folder.path().join("rmqtt-retainer.toml"), "max_payload_size = \"1KB\"").unwrap();
    let by_file = Example::start("plugin", &arguments, 1);
    assert!(retains(&by_file, 900));
    assert!(!retains(&by_file, 2_000));
}

#[test]
fn plugins_starts_a_plugin_under_a_name_of_its_own_while_the_broker_runs() {
    let plugins = Example::start("plugins", &["127.0.0.1:0"], 1);
    assert!(retains(&plugins, 1_000));
    // As the text for that name says, one publisher's messages stay with one member of the group.
    let mut members = ["first", "second"].map(|name| client(&plugins, name));
    for member in &mut members {
        assert_eq!(member.subscribe("$share/g/t", 1), 1);
        assert_eq!(member.subscribe("end", 1), 1);
    }
    let mut publisher = client(&plugins, "publisher");
    for number in 0..10 {
        publisher.publish("t", 1, &number.to_string());
    }
    publisher.publish("end", 1, "");
    let received = members.map(|mut member| {
        let mut received = 0;
        while member.take().topic != "end" {
            received += 1;
        }
        received
    });
    assert!(received == [10, 0] || received == [0, 10], "{received:?}");
}
