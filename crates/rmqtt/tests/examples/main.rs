//! The examples do what they say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use rmqtt_test::{Connect, RawClient, Version};

use example::Example;

#[path = "../support/example.rs"]
mod example;

#[test]
fn simple_serves_clients_of_this_machine() {
    let simple = Example::start("simple", &["127.0.0.1:0"], 1);
    let connect = Connect::new(Version::V5, "client");
    let mut client = RawClient::connected(simple.addresses[0], &connect);
    client.subscribe("t", 1);
    assert_eq!(client.publish("t", 1, "hello"), 0);
    client.expect_message("t", "hello");
    client.leave();
}

#[test]
fn multi_has_two_listeners_with_terms_of_their_own() {
    let multi = Example::start("multi", &["127.0.0.1:0", "127.0.0.1:0"], 2);
    let connect = Connect::new(Version::V5, "client");
    let mut refused = RawClient::open(multi.addresses[0], Version::V5);
    refused.send(&connect);
    refused.expect_connect_refused(&[0x87]);
    RawClient::connected(multi.addresses[1], &connect).leave();
}
