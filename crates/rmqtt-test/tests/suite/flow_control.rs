//! Receive Maximum and the window in both directions.

use rmqtt_test::request::{acknowledge, kind};
use rmqtt_test::{Case, Property, Publish, broker_test};

#[broker_test(v5("MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"))]
fn the_server_keeps_to_the_receive_maximum_of_the_client(case: &Case) {
    let topic = case.topic("t");
    for qos in [1, 2] {
        let connect = case.connect_packet("sub").property(Property::ReceiveMaximum(3));
        let mut subscriber = case.join(&connect);
        subscriber.subscribe(&topic, qos);
        let mut publisher = case.client("pub");
        for number in 0..10 {
            publisher.publish(&topic, qos, &number.to_string());
        }
        // A message of QoS 0 by the same way shows that all ten have reached the session.
        publisher.publish(&topic, 0, "sentinel");
        let mut open: Vec<_> = Vec::new();
        loop {
            let delivery = subscriber.expect_delivery();
            if delivery.qos == 0 {
                break;
            }
            open.push(delivery);
        }
        assert!(open.len() <= 3, "{} in flight", open.len());
        subscriber.expect_nothing();
        // Each completed exchange lets one more through, in order.
        let mut numbers: Vec<String> = Vec::new();
        while numbers.len() < 10 {
            let delivery =
                if open.is_empty() { subscriber.expect_delivery() } else { open.remove(0) };
            subscriber.accept(&delivery);
            numbers.push(delivery.text().to_owned());
        }
        let expected: Vec<_> = (0..10).map(|number| number.to_string()).collect();
        assert_eq!(numbers, expected);
        subscriber.ping();
        subscriber.expect_nothing();
        subscriber.leave();
    }
}

#[broker_test(v5("MQTT-3.3.4-10", "MQTT-4.9.0-3"))]
fn a_full_window_delays_no_other_packet(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("sub").property(Property::ReceiveMaximum(1));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "in flight");
    publisher.publish(&topic, 1, "waits");
    let first = subscriber.expect_delivery();
    subscriber.expect_nothing();
    subscriber.subscribe(&case.topic("u"), 0);
    assert_eq!(subscriber.publish(&case.topic("u"), 1, "own"), 0);
    subscriber.expect_message(&case.topic("u"), "own");
    subscriber.unsubscribe(&case.topic("u"));
    subscriber.accept(&first);
    subscriber.expect_message(&topic, "waits");
}

#[broker_test(v5("MQTT-4.9.0-3"))]
fn pubrec_frees_no_place_and_pubcomp_does(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("sub").property(Property::ReceiveMaximum(1));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 2, "one");
    publisher.publish(&topic, 2, "two");
    let id = subscriber.expect_delivery().packet_id.expect("QoS 2 has an id");
    subscriber.send_bytes(&acknowledge(kind::PUBREC, id));
    subscriber.expect_pubrel(id);
    subscriber.expect_nothing();
    subscriber.send_bytes(&acknowledge(kind::PUBCOMP, id));
    subscriber.expect_message(&topic, "two");
}

#[broker_test(v5("MQTT-3.3.4-9"))]
fn the_receive_maximum_of_the_new_connection_counts_after_a_resume(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for number in 0..6 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    for _ in 0..6 {
        subscriber.expect_delivery();
    }
    subscriber.abort();
    let connect = case.persistent_packet("sub").property(Property::ReceiveMaximum(2));
    let mut subscriber = case.join(&connect);
    let first = subscriber.expect_delivery();
    subscriber.expect_delivery();
    subscriber.expect_nothing();
    subscriber.accept(&first);
    assert_eq!(subscriber.expect_delivery().text(), "2");
    subscriber.expect_nothing();
}

#[broker_test(v5)]
fn a_receive_maximum_of_zero_is_a_protocol_error(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").property(Property::ReceiveMaximum(0)));
    client.expect_connect_rejected(&[0x82]);
}

#[broker_test(v5("MQTT-3.3.4-8"), config = "max_inflight = 4")]
fn a_client_with_a_full_window_may_send_every_other_packet(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    for id in 101..=104 {
        client.send(&Publish::new(&topic, "m").qos(2).id(id));
        client.expect_pubrec(id);
    }
    client.subscribe(&topic, 0);
    client.publish(&topic, 0, "QoS 0 has no window");
    client.expect_message(&topic, "QoS 0 has no window");
    client.unsubscribe(&topic);
    client.expect_nothing();
}

#[broker_test(v5("MQTT-3.3.4-7", "MQTT-4.9.0-2"), config = "max_inflight = 4")]
fn a_client_that_exceeds_the_servers_receive_maximum_is_disconnected(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    assert_eq!(client.connack().properties.receive_maximum(), Some(4));
    // Without PUBREL each exchange stays open.
    for id in 1..=4 {
        client.send(&Publish::new(&topic, "m").qos(2).id(id));
        client.expect_pubrec(id);
    }
    client.expect_nothing();
    client.send(&Publish::new(&topic, "m").qos(2).id(5));
    client.expect_refusal(&[0x93]);
}

#[broker_test(v5, config = "max_inflight = 4")]
fn a_client_may_use_the_servers_receive_maximum_again_and_again(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    for round in 0..20 {
        for id in 1..=4 {
            client.send(&Publish::new(&topic, "m").qos(2).id(id + 4 * round));
        }
        for id in 1..=4 {
            client.expect_pubrec(id + 4 * round);
            client.send_bytes(&acknowledge(kind::PUBREL, id + 4 * round));
        }
        for id in 1..=4 {
            client.expect_pubcomp(id + 4 * round);
        }
    }
    client.expect_nothing();
}

#[broker_test(v31, v311, config = "max_inflight = 4")]
fn a_client_of_3_x_beyond_the_window_is_served_once_it_completes(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut client = case.client("c");
    for id in 1..=20 {
        client.send(&Publish::new(&topic, id.to_string()).qos(2).id(id));
    }
    for id in 1..=20 {
        client.expect_pubrec(id);
        client.send_bytes(&acknowledge(kind::PUBREL, id));
        client.expect_pubcomp(id);
    }
    for id in 1..=20 {
        subscriber.expect_message(&topic, &id.to_string());
    }
}

#[broker_test(v31, v311, config = "max_inflight = 4")]
fn the_server_keeps_to_its_own_window_before_mqtt_5(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for number in 0..10 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    publisher.publish(&topic, 0, "sentinel");
    let mut open = Vec::new();
    loop {
        let delivery = subscriber.expect_delivery();
        if delivery.qos == 0 {
            break;
        }
        open.push(delivery);
    }
    assert!(open.len() <= 4, "{} in flight", open.len());
    for number in 0..10 {
        let delivery = if open.is_empty() { subscriber.expect_delivery() } else { open.remove(0) };
        assert_eq!(delivery.text(), number.to_string());
        subscriber.accept(&delivery);
    }
}

#[broker_test(v5)]
fn a_refused_message_frees_its_place(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("sub").property(Property::ReceiveMaximum(1));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    for qos in [1, 2] {
        publisher.publish(&topic, qos, "refused");
    }
    publisher.publish(&topic, 1, "wanted");
    for first_byte in [kind::PUBACK, kind::PUBREC] {
        let id = subscriber.expect_delivery().packet_id.expect("it has an id");
        let refusal = rmqtt_test::request::acknowledge_with(first_byte, id, 0x80);
        subscriber.send_bytes(&refusal);
    }
    subscriber.expect_message(&topic, "wanted");
}
