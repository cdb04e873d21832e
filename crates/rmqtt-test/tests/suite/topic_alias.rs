//! Topic aliases in both directions.

use rmqtt_test::{Case, Disconnect, Property, Publish, broker_test};

#[broker_test(v5("MQTT-3.3.2-12"))]
fn a_client_may_use_every_alias_up_to_the_servers_maximum(case: &Case) {
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("#"), 1);
    let mut publisher = case.client("pub");
    let maximum = publisher.connack().properties.topic_alias_maximum();
    let maximum = maximum.expect("the listener allows aliases");
    for round in ["with", "without"] {
        for alias in 1..=maximum {
            let topic = case.topic(&alias.to_string());
            let name = if round == "with" { topic.as_str() } else { "" };
            let publish = Publish::new(name, round).qos(1).property(Property::TopicAlias(alias));
            publisher.publish_with(publish);
            subscriber.expect_message(&topic, round);
        }
    }
}

#[broker_test(v5)]
fn an_alias_can_be_given_to_another_topic(case: &Case) {
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("#"), 0);
    let mut publisher = case.client("pub");
    let alias = || Property::TopicAlias(1);
    for topic in [case.topic("a"), case.topic("b")] {
        publisher.publish_with(Publish::new(&topic, "named").property(alias()));
        publisher.publish_with(Publish::new("", "aliased").property(alias()));
        subscriber.expect_message(&topic, "named");
        subscriber.expect_message(&topic, "aliased");
    }
}

#[broker_test(v5)]
fn an_unknown_alias_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new("", "x").property(Property::TopicAlias(1)));
    // The specification says 0x82 in its section 3.3.4; 0x94 names the cause.
    client.expect_refusal(&[0x82, 0x94]);
}

#[broker_test(v5("MQTT-3.3.2-8"))]
fn an_alias_of_zero_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new(case.topic("t"), "x").property(Property::TopicAlias(0)));
    client.expect_refusal(&[0x94]);
}

#[broker_test(v5("MQTT-3.3.2-9", "MQTT-3.2.2-17"))]
fn an_alias_above_the_servers_maximum_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    let maximum = client.connack().properties.topic_alias_maximum().unwrap_or(0);
    let property = Property::TopicAlias(maximum + 1);
    client.send(&Publish::new(case.topic("t"), "x").property(property));
    client.expect_refusal(&[0x94]);
}

#[broker_test(v5("MQTT-3.2.2-18"), config = "max_topic_aliases = 0")]
fn an_alias_where_the_server_allows_none_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    assert_eq!(client.connack().properties.topic_alias_maximum().unwrap_or(0), 0);
    client.send(&Publish::new(case.topic("t"), "x").property(Property::TopicAlias(1)));
    client.expect_refusal(&[0x94]);
}

#[broker_test(v5("MQTT-3.3.2-7"))]
fn aliases_end_with_their_connection(case: &Case) {
    let mut client = case.persistent("c");
    let alias = || Property::TopicAlias(1);
    client.publish_with(Publish::new(case.topic("t"), "x").qos(1).property(alias()));
    client.abort();
    let mut client = case.persistent("c");
    client.send(&Publish::new("", "x").property(alias()));
    client.expect_refusal(&[0x82, 0x94]);
}

#[broker_test(v5)]
fn aliases_of_two_clients_are_apart(case: &Case) {
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("#"), 0);
    let alias = || Property::TopicAlias(1);
    let mut one = case.client("one");
    let mut two = case.client("two");
    one.publish_with(Publish::new(case.topic("1"), "x").qos(1).property(alias()));
    two.publish_with(Publish::new(case.topic("2"), "x").qos(1).property(alias()));
    one.publish_with(Publish::new("", "y").qos(1).property(alias()));
    // Messages of different publishers come in any order.
    let mut received: Vec<_> =
        (0..3).map(|_| subscriber.take()).map(|message| (message.topic, message.payload)).collect();
    received.sort();
    let expected = [("1", "x"), ("1", "y"), ("2", "x")]
        .map(|(topic, payload)| (case.topic(topic), payload.as_bytes().to_vec()));
    assert_eq!(received, expected);
}

#[broker_test(v5)]
fn an_alias_of_the_publisher_is_not_handed_on(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    let property = Property::TopicAlias(3);
    case.client("pub").publish_with(Publish::new(&topic, "x").qos(1).property(property));
    assert_eq!(subscriber.expect_message(&topic, "x").properties.topic_alias(), None);
}

#[broker_test(v5("MQTT-3.1.2-26", "MQTT-3.3.2-11"))]
fn the_server_keeps_to_the_clients_alias_maximum(case: &Case) {
    let connect = case.connect_packet("sub").property(Property::TopicAliasMaximum(2));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&case.topic("#"), 0);
    let mut publisher = case.client("pub");
    let mut names = std::collections::HashMap::new();
    for number in 0..12 {
        let topic = case.topic(&(number % 4).to_string());
        publisher.publish(&topic, 0, &number.to_string());
        let delivery = subscriber.take();
        assert_eq!(delivery.text(), number.to_string());
        let meant = match delivery.properties.topic_alias() {
            None => delivery.topic,
            Some(alias) => {
                assert!((1..=2).contains(&alias), "{alias}");
                if !delivery.topic.is_empty() {
                    names.insert(alias, delivery.topic);
                }
                names.get(&alias).expect("an alias is introduced before it is used").clone()
            }
        };
        assert_eq!(meant, topic);
    }
}

#[broker_test(v5("MQTT-3.1.2-27"))]
fn the_server_sends_no_alias_to_a_client_that_allows_none(case: &Case) {
    let topic = case.topic("t");
    let zero = case.connect_packet("zero").property(Property::TopicAliasMaximum(0));
    for connect in [case.connect_packet("absent"), zero] {
        let mut subscriber = case.join(&connect);
        subscriber.subscribe(&topic, 0);
        let mut publisher = case.client("pub");
        for _ in 0..5 {
            publisher.publish(&topic, 0, "x");
            assert_eq!(subscriber.expect_message(&topic, "x").properties.topic_alias(), None);
        }
    }
}

// Using aliases is a server's own choice, which is why another broker is not judged by it.
#[broker_test(v5, config = "max_inflight = 16")]
fn the_server_uses_aliases_when_the_client_allows_them(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("sub").property(Property::TopicAliasMaximum(5));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 0, "first");
    let first = subscriber.take();
    let alias = first.properties.topic_alias();
    assert!(alias.is_some_and(|alias| (1..=5).contains(&alias)), "{first:?}");
    assert_eq!(first.topic, topic);
    publisher.publish(&topic, 0, "second");
    let second = subscriber.take();
    assert_eq!((second.topic.as_str(), second.properties.topic_alias()), ("", alias));
}

#[broker_test(v5)]
fn an_alias_introduced_by_an_undelivered_message_is_not_used(case: &Case) {
    // The first message is too large for the client, so that its alias never reaches it.
    let topic = case.topic("t");
    let connect = case
        .connect_packet("sub")
        .property(Property::TopicAliasMaximum(5))
        .property(Property::MaximumPacketSize(200));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 0, &"x".repeat(500));
    publisher.publish(&topic, 0, "small");
    let delivery = subscriber.take();
    assert_eq!((delivery.topic.as_str(), delivery.text()), (topic.as_str(), "small"));
}

#[broker_test(v5("MQTT-3.3.2-10"))]
fn a_client_that_leaves_because_of_an_alias_loses_no_message(case: &Case) {
    let topic = case.topic("t");
    let connect = case.persistent_packet("sub").property(Property::TopicAliasMaximum(5));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "first");
    subscriber.expect_delivery();
    subscriber.leave_with(&Disconnect::new(0x94));
    publisher.publish(&topic, 1, "second");
    let mut subscriber = case.persistent("sub");
    for payload in ["first", "second"] {
        let delivery = subscriber.expect_message(&topic, payload);
        assert_eq!(delivery.properties.topic_alias(), None);
    }
}
