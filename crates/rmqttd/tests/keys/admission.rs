//! `[listener.tcp.*]`: who is admitted, and what is told.

use rmqtt_test::{ABSENT, Connect, Property, Started, Version, shows_key};

#[test]
fn a_client_without_a_name_is_admitted_only_where_that_is_allowed() {
    shows_key("listener.tcp.external.allow_anonymous", [("true", 0), ("false", 0x87)], |broker| {
        broker.connect_code(&Connect::new(Version::V5, "c"))
    });
}

#[test]
fn a_client_identifier_that_is_too_long_is_refused() {
    shows_key("listener.tcp.external.max_clientid_len", [("23", 0x85), ("24", 0)], |broker| {
        broker.connect_code(&Connect::new(Version::V5, &"c".repeat(24)))
    });
}

#[test]
fn a_client_that_asks_for_it_is_told_its_response_information() {
    let told = |broker: &mut Started| {
        let asks = Property::RequestResponseInformation(1);
        let client = broker.join(&Connect::new(Version::V5, "c").property(asks));
        client.connack().properties.response_information()
    };
    shows_key(
        "listener.tcp.external.response_information",
        [("\"answers/%c\"", Some("answers/c".to_owned())), (ABSENT, None)],
        told,
    );
}
