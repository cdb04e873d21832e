//! The form of what the broker sends. The tests' client parses it strictly, so that all that these
//! tests have to do is to make the broker send every kind of packet.

use rmqtt_test::{Case, Subscribe, Unsubscribe, broker_test};

#[broker_test(v31, v311("MQTT-2.2.2-1"), v5("MQTT-2.1.3-1"))]
fn every_packet_of_the_broker_has_the_flags_of_its_type(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe(&topic, 2);
    client.publish(&topic, 1, "puback");
    client.expect_message(&topic, "puback");
    client.publish(&topic, 2, "pubrec, pubrel and pubcomp");
    client.expect_message(&topic, "pubrec, pubrel and pubcomp");
    client.unsubscribe(&topic);
    client.expect_nothing();
    let again = case.connect_packet("c");
    client.send(&again);
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5("MQTT-2.2.2-1"))]
fn a_packet_of_the_broker_without_properties_says_so(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    assert_eq!(client.subscribe_with(Subscribe::new().filter(&topic, 2)).codes, [2]);
    // Without its length of zero, the payload would lose its first byte to it.
    client.publish(&topic, 0, "\0\0");
    client.expect_message(&topic, "\0\0");
    let unsubscribe = Unsubscribe::new().filter(&topic).filter(&topic);
    assert_eq!(client.unsubscribe_with(unsubscribe).codes, [0, 0x11]);
}
