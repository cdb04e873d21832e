//! Shared subscriptions. They are MQTT 5's; the older versions may use them as well.

use rmqtt_test::request::{acknowledge, acknowledge_with, kind};
use rmqtt_test::{Case, Publish, RawClient, Subscribe, broker_test};

/// Everything the members received up to their sentinel, which is published to each alone.
fn drain(case: &Case, publisher: &mut RawClient, members: &mut [RawClient]) -> Vec<Vec<String>> {
    let mut received = Vec::new();
    for (number, member) in members.iter_mut().enumerate() {
        let sentinel = case.topic(&format!("sentinel/{number}"));
        member.subscribe(&sentinel, 1);
        publisher.publish(&sentinel, 1, "sentinel");
        let mut own = Vec::new();
        loop {
            let delivery = member.take();
            if delivery.topic == sentinel {
                break;
            }
            own.push(delivery.text().to_owned());
        }
        received.push(own);
    }
    received
}

#[broker_test(v31, v311, v5("MQTT-4.8.2-1", "MQTT-4.8.2-2"))]
fn each_message_reaches_one_member_of_the_group(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut members: Vec<_> = (0..3).map(|number| case.client(&format!("m{number}"))).collect();
    for member in &mut members {
        assert_eq!(member.subscribe(&filter, 1), 1);
    }
    let mut publisher = case.client("pub");
    for number in 0..60 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let received = drain(case, &mut publisher, &mut members);
    let mut all: Vec<u32> =
        received.concat().iter().map(|text| text.parse().expect("a number")).collect();
    all.sort_unstable();
    assert_eq!(all, (0..60).collect::<Vec<_>>());
}

#[broker_test(v5)]
fn every_member_gets_its_share(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut members: Vec<_> = (0..3).map(|number| case.client(&format!("m{number}"))).collect();
    for member in &mut members {
        member.subscribe(&filter, 0);
    }
    let mut publisher = case.client("pub");
    for number in 0..60 {
        publisher.publish(&topic, 0, &number.to_string());
    }
    let received = drain(case, &mut publisher, &mut members);
    assert!(received.iter().all(|own| own.len() >= 10), "{received:?}");
}

#[broker_test(v5("MQTT-4.8.2-3"))]
fn a_member_receives_with_the_qos_it_was_granted(case: &Case) {
    let topic = case.topic("t");
    let mut member = case.client("m");
    let mut publisher = case.client("pub");
    for granted in 0..=2 {
        member.subscribe(&format!("$share/group/{topic}"), granted);
        publisher.publish(&topic, 2, "m");
        assert_eq!(member.expect_message(&topic, "m").qos, granted);
    }
}

#[broker_test(v5)]
fn groups_and_plain_subscriptions_each_receive_the_message(case: &Case) {
    let topic = case.topic("t");
    let mut one = case.client("one");
    let mut two = case.client("two");
    let mut plain = case.client("plain");
    one.subscribe(&format!("$share/a/{topic}"), 0);
    two.subscribe(&format!("$share/b/{topic}"), 0);
    plain.subscribe(&topic, 0);
    case.client("pub").publish(&topic, 0, "m");
    for client in [&mut one, &mut two, &mut plain] {
        client.expect_message(&topic, "m");
    }
}

#[broker_test(v5)]
fn one_client_holds_a_shared_and_a_plain_subscription_on_one_filter(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe_with(Subscribe::new().filter(&topic, 0).identifier(1));
    let shared = format!("$share/group/{topic}");
    client.subscribe_with(Subscribe::new().filter(&shared, 0).identifier(2));
    client.publish(&topic, 0, "m");
    // Whether one copy carries both identifiers or each its own, both subscriptions are served.
    let mut identifiers = Vec::new();
    client.publish(&case.topic("end"), 0, "not subscribed");
    while identifiers.len() < 2 {
        let delivery = client.expect_message(&topic, "m");
        identifiers.extend(delivery.properties.subscription_identifiers());
    }
    identifiers.sort_unstable();
    assert_eq!(identifiers, [1, 2]);
    assert_eq!(client.unsubscribe(&shared).codes, [0]);
    client.publish(&topic, 0, "after");
    let delivery = client.expect_message(&topic, "after");
    assert_eq!(delivery.properties.subscription_identifiers(), [1]);
}

#[broker_test(v31, v311, v5)]
fn retained_messages_are_not_sent_to_shared_subscriptions(case: &Case) {
    let topic = case.topic("t");
    case.client("pub").publish_with(Publish::new(&topic, "kept").qos(1).retain());
    let mut member = case.client("m");
    member.subscribe(&format!("$share/group/{topic}"), 1);
    member.ping();
    member.expect_nothing();
    case.client("pub").publish(&topic, 1, "live");
    member.expect_message(&topic, "live");
}

#[broker_test(v5("MQTT-3.8.3-4"))]
fn no_local_on_a_shared_subscription_is_a_protocol_error(case: &Case) {
    let mut client = case.client("c");
    let filter = format!("$share/group/{}", case.topic("t"));
    client.send(&Subscribe::new().filter(filter, Subscribe::NO_LOCAL));
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5("MQTT-4.8.2-1"))]
fn a_shared_filter_without_a_share_name_is_refused(case: &Case) {
    each_is_refused(case, &["$share//t", "$share//", "$share/"]);
}

#[broker_test(v5("MQTT-4.8.2-2"))]
fn a_share_name_with_a_wildcard_or_without_a_filter_is_refused(case: &Case) {
    each_is_refused(case, &["$share/g+/t", "$share/g#/t", "$share/group", "$share/g/"]);
}

fn each_is_refused(case: &Case, filters: &[&str]) {
    for filter in filters {
        let mut client = case.client("c");
        client.send(&Subscribe::new().id(1).filter(*filter, 0));
        match client.next_packet() {
            Some(rmqtt_test::Packet::SubAck(suback)) => {
                assert_eq!(suback.codes, [0x8F], "{filter}");
            }
            Some(rmqtt_test::Packet::Disconnect(disconnect)) => {
                assert!([0x81, 0x82, 0x8F].contains(&disconnect.reason), "{filter}");
            }
            None if case.is_peer() => {}
            other => panic!("a refusal of {filter} expected, not {other:?}"),
        }
    }
}

#[broker_test(v5, config = "max_inflight = 16")]
fn a_malformed_shared_filter_is_refused_by_its_code_alone(case: &Case) {
    let mut client = case.client("c");
    for filter in ["$share/group", "$share//t", "$share/g+/t", "$share/g/a/#/b", "$share/g/"] {
        let subscribe = Subscribe::new().filter(filter, 0).filter(case.topic("t"), 1);
        assert_eq!(client.subscribe_with(subscribe).codes, [0x8F, 1], "{filter}");
    }
}

#[broker_test(v31, v311, v5)]
fn a_member_that_unsubscribes_receives_nothing_more(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut members = [case.client("m0"), case.client("m1")];
    for member in &mut members {
        member.subscribe(&filter, 1);
    }
    members[0].unsubscribe(&filter);
    let mut publisher = case.client("pub");
    for number in 0..20 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let received = drain(case, &mut publisher, &mut members);
    assert_eq!((received[0].len(), received[1].len()), (0, 20));
}

#[broker_test(v31, v311, v5)]
fn a_member_that_leaves_is_passed_over(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut gone = case.client("gone");
    gone.subscribe(&filter, 1);
    let mut members = [case.client("m0"), case.client("m1")];
    for member in &mut members {
        member.subscribe(&filter, 1);
    }
    gone.leave();
    let mut publisher = case.client("pub");
    for number in 0..20 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let received = drain(case, &mut publisher, &mut members);
    assert_eq!(received.concat().len(), 20);
}

#[broker_test(v5("MQTT-4.8.2-4"))]
fn a_qos_2_exchange_is_completed_with_the_member_that_began_it(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut member = case.persistent("m");
    member.subscribe(&filter, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 2, "m");
    let first = member.expect_delivery();
    let mut other = case.client("other");
    other.subscribe(&filter, 2);
    member.abort();
    let mut member = case.persistent("m");
    let again = member.expect_message(&topic, "m");
    assert_eq!((again.packet_id, again.dup), (first.packet_id, true));
    other.ping();
    other.expect_nothing();
}

#[broker_test(v5("MQTT-4.8.2-5"))]
fn a_qos_2_message_of_an_ended_session_goes_to_no_other_member(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut member = case.client("m");
    member.subscribe(&filter, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 2, "m");
    let id = member.expect_delivery().packet_id.expect("QoS 2 has an id");
    member.send_bytes(&acknowledge(kind::PUBREC, id));
    member.expect_pubrel(id);
    let mut other = case.client("other");
    other.subscribe(&filter, 2);
    member.abort();
    publisher.publish(&topic, 2, "sentinel");
    other.expect_message(&topic, "sentinel");
}

#[broker_test(v5("MQTT-4.8.2-6"))]
fn a_message_that_a_member_refuses_goes_to_no_other(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut publisher = case.client("pub");
    for (qos, first_byte) in [(1, kind::PUBACK), (2, kind::PUBREC)] {
        let mut member = case.client("m");
        member.subscribe(&filter, qos);
        publisher.publish(&topic, qos, "refused");
        let id = member.expect_delivery().packet_id.expect("it has an id");
        let mut other = case.client("other");
        other.subscribe(&filter, qos);
        member.send_bytes(&acknowledge_with(first_byte, id, 0x80));
        member.ping();
        member.unsubscribe(&filter);
        publisher.publish(&topic, qos, "sentinel");
        other.expect_message(&topic, "sentinel");
        other.leave();
    }
}

#[broker_test(v31, v311, v5)]
fn a_shared_filter_may_hold_wildcards(case: &Case) {
    let mut member = case.client("m");
    member.subscribe(&format!("$share/group/{}", case.topic("+/b/#")), 0);
    let mut publisher = case.client("pub");
    publisher.publish(&case.topic("a/c"), 0, "no");
    publisher.publish(&case.topic("a/b/c"), 0, "yes");
    member.expect_message(&case.topic("a/b/c"), "yes");
}

#[broker_test(v5)]
fn a_shared_subscription_carries_its_identifier(case: &Case) {
    let topic = case.topic("t");
    let mut member = case.client("m");
    let filter = format!("$share/group/{topic}");
    member.subscribe_with(Subscribe::new().filter(filter, 1).identifier(42));
    case.client("pub").publish(&topic, 1, "m");
    let delivery = member.expect_message(&topic, "m");
    assert_eq!(delivery.properties.subscription_identifiers(), [42]);
}

#[broker_test(v31, v311, v5)]
fn a_shared_subscription_is_part_of_the_session(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$share/group/{topic}");
    let mut member = case.persistent("m");
    member.subscribe(&filter, 1);
    member.leave();
    let mut publisher = case.client("pub");
    let mut member = case.persistent("m");
    publisher.publish(&topic, 1, "after the resume");
    member.expect_message(&topic, "after the resume");
}

/// Once UNSUBACK was to carry 0x9E, which it cannot, and the broker died of it.
#[broker_test(v31, v311, v5, config = "shared_subscription = false")]
fn a_shared_filter_can_be_unsubscribed_where_none_is_offered(case: &Case) {
    let mut client = case.client("c");
    let unsuback = client.unsubscribe("$share/group/t");
    if case.is_v5() {
        assert_eq!(unsuback.codes, [0x11]);
    }
    client.ping();
}
