//! Malformed properties and strings in MQTT 5 packets, and reason codes out of place.

use rmqtt_test::request::{Request, kind};
use rmqtt_test::wire::{Writer, packet};
use rmqtt_test::{Case, Disconnect, Property, Publish, Subscribe, Unsubscribe, broker_test};

use crate::malformed::{each_is_refused, properties};

#[broker_test(v5("MQTT-1.5.5-1"))]
fn a_property_length_longer_than_needed_ends_the_connection(case: &Case) {
    let body = Writer::new().string("t").raw(&[0x80, 0x00]).finish();
    let identifier = Writer::new().two(1).variable(3).raw(&[0x0B, 0x81, 0x00]).string("t").byte(0);
    let inputs = [packet(kind::PUBLISH, &body), identifier.packet(kind::SUBSCRIBE)];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5("MQTT-2.2.2-1"))]
fn a_packet_without_its_property_length_ends_the_connection(case: &Case) {
    let inputs = [
        Writer::new().string("t").packet(kind::PUBLISH),
        Writer::new().two(1).packet(kind::SUBSCRIBE),
        Writer::new().two(1).packet(kind::UNSUBSCRIBE),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn a_property_length_beyond_the_packet_ends_the_connection(case: &Case) {
    let inputs = [
        Writer::new().string("t").variable(200).raw(b"x").packet(kind::PUBLISH),
        Writer::new().two(1).variable(99).string("t").byte(0).packet(kind::SUBSCRIBE),
        Writer::new().two(1).byte(0).variable(9).packet(kind::PUBACK),
        Writer::new().byte(0).variable(9).packet(kind::DISCONNECT),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn a_property_that_crosses_its_blocks_end_ends_the_connection(case: &Case) {
    // A Message Expiry Interval of which only two bytes are within the property length.
    let inputs = [Writer::new()
        .string("t")
        .variable(3)
        .raw(&[0x02, 0, 0])
        .raw(b"payload")
        .packet(kind::PUBLISH)];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn an_unknown_property_ends_the_connection(case: &Case) {
    let inputs: Vec<_> = [0x00, 0x04, 0x7F, 0xFF]
        .into_iter()
        .map(|id| Writer::new().string("t").variable(2).raw(&[id, 0]).packet(kind::PUBLISH))
        .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn a_property_of_another_packet_ends_the_connection(case: &Case) {
    let version = case.version();
    let misplaced = || Property::ReceiveMaximum(5);
    let inputs = [
        Publish::new("t", "x").property(misplaced()).bytes(version),
        Subscribe::new().filter("t", 0).property(misplaced()).bytes(version),
        Unsubscribe::new().filter("t").property(misplaced()).bytes(version),
        Disconnect::new(0).property(misplaced()).bytes(version),
        Publish::new("t", "x").property(Property::SessionExpiryInterval(1)).bytes(version),
        Publish::new("t", "x").property(Property::ReasonString("x".into())).bytes(version),
        Subscribe::new().filter("t", 0).property(Property::ContentType("x".into())).bytes(version),
    ];
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v5)]
fn a_property_of_another_packet_in_connect_closes_the_connection(case: &Case) {
    for property in [
        Property::TopicAlias(1),
        Property::ServerKeepAlive(1),
        Property::AssignedClientIdentifier("x".into()),
        Property::MaximumQoS(1),
        Property::ReasonString("x".into()),
        Property::MessageExpiryInterval(1),
        Property::WillDelayInterval(1),
    ] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").property(property));
        client.expect_connect_rejected(&[0x81, 0x82]);
    }
}

#[broker_test(v5)]
fn a_repeated_property_ends_the_connection(case: &Case) {
    let version = case.version();
    let twice = |property: Property| {
        Publish::new("t", "x").property(property.clone()).property(property).bytes(version)
    };
    let inputs = [
        twice(Property::PayloadFormatIndicator(0)),
        twice(Property::MessageExpiryInterval(9)),
        twice(Property::ContentType("a".into())),
        twice(Property::ResponseTopic("a".into())),
        twice(Property::CorrelationData(vec![1])),
        twice(Property::TopicAlias(1)),
        Subscribe::new().filter("t", 0).identifier(1).identifier(1).bytes(version),
    ];
    each_is_refused(case, &inputs, &[0x82]);
}

#[broker_test(v5)]
fn a_repeated_property_in_connect_closes_the_connection(case: &Case) {
    for property in [
        Property::SessionExpiryInterval(1),
        Property::ReceiveMaximum(1),
        Property::MaximumPacketSize(100),
        Property::TopicAliasMaximum(1),
        Property::RequestResponseInformation(1),
        Property::RequestProblemInformation(1),
    ] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").property(property.clone()).property(property));
        client.expect_connect_rejected(&[0x82]);
    }
}

#[broker_test(v5)]
fn a_flag_property_above_one_closes_the_connection(case: &Case) {
    for property in
        [Property::RequestResponseInformation(2), Property::RequestProblemInformation(2)]
    {
        let mut client = case.open();
        client.send(&case.connect_packet("c").property(property));
        client.expect_connect_rejected(&[0x82]);
    }
}

#[broker_test(v5("MQTT-1.5.7-1", "MQTT-1.5.4-1", "MQTT-1.5.4-2"))]
fn a_user_property_that_is_no_pair_of_strings_ends_the_connection(case: &Case) {
    let inputs: Vec<_> = [
        Writer::new().byte(0x26).binary(b"\xFF").string("v"),
        Writer::new().byte(0x26).string("n").binary(b"\xC0\x80"),
        Writer::new().byte(0x26).string("n\0").string("v"),
        Writer::new().byte(0x26).string("only a name"),
    ]
    .into_iter()
    .map(|block| {
        let block = properties(case, &block.finish());
        Writer::new().string("t").raw(&block).packet(kind::PUBLISH)
    })
    .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5("MQTT-3.3.2-13"))]
fn a_response_topic_that_is_not_utf_8_ends_the_connection(case: &Case) {
    let inputs = [publish_with(case, 0x08, b"\xFF"), publish_with(case, 0x08, b"a\0b")];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5("MQTT-3.3.2-14"))]
fn a_response_topic_with_a_wildcard_ends_the_connection(case: &Case) {
    let inputs = [publish_with(case, 0x08, b"a/#"), publish_with(case, 0x08, b"a/+")];
    each_is_refused(case, &inputs, &[0x81, 0x82, 0x90]);
}

#[broker_test(v5("MQTT-3.3.2-19"))]
fn a_content_type_that_is_not_utf_8_ends_the_connection(case: &Case) {
    let inputs = [publish_with(case, 0x03, b"\xFF"), publish_with(case, 0x03, b"a\0b")];
    each_is_refused(case, &inputs, &[0x81]);
}

/// A PUBLISH with this text as a property.
fn publish_with(case: &Case, property: u8, text: &[u8]) -> Vec<u8> {
    let block = properties(case, &Writer::new().byte(property).binary(text).finish());
    Writer::new().string("t").raw(&block).packet(kind::PUBLISH)
}

#[broker_test(v5("MQTT-3.4.2-1"))]
fn a_reason_code_that_puback_does_not_have_ends_the_connection(case: &Case) {
    let inputs = [0x01, 0x92].map(|code| packet(kind::PUBACK, &[0, 1, code]));
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v5("MQTT-3.5.2-1"))]
fn a_reason_code_that_pubrec_does_not_have_ends_the_connection(case: &Case) {
    let inputs = [0x01, 0x92].map(|code| packet(kind::PUBREC, &[0, 1, code]));
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v5("MQTT-3.6.2-1"))]
fn a_reason_code_that_pubrel_does_not_have_ends_the_connection(case: &Case) {
    let inputs = [0x10, 0x80].map(|code| packet(kind::PUBREL, &[0, 1, code]));
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v5("MQTT-3.7.2-1"))]
fn a_reason_code_that_pubcomp_does_not_have_ends_the_connection(case: &Case) {
    let inputs = [0x10, 0x80].map(|code| packet(kind::PUBCOMP, &[0, 1, code]));
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v5("MQTT-3.14.2-1"))]
fn a_reason_code_that_disconnect_does_not_have_ends_the_connection(case: &Case) {
    let inputs = [0x01, 0xFF].map(|code| packet(kind::DISCONNECT, &[code]));
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}
