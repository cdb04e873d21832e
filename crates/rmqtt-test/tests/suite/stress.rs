//! Many of everything at once, and connections that break.

use std::thread;

use rmqtt_test::request::{acknowledge, kind};
use rmqtt_test::{Case, Connect, Publish, RawClient, Subscribe, Unsubscribe, broker_test};

#[broker_test(v31, v311, v5)]
fn sessions_that_all_come_back_at_once_each_get_what_was_kept_for_them(case: &Case) {
    const SESSIONS: usize = 200;
    const AT_ONCE: usize = 8;
    let names: Vec<String> = (0..SESSIONS).map(|number| format!("s{number}")).collect();
    for name in &names {
        let mut client = case.persistent(name);
        client.subscribe(&case.topic(name), 1);
        client.abort();
    }
    let mut publisher = case.client("pub");
    for name in &names {
        publisher.publish(&case.topic(name), 1, name);
    }
    let address = case.broker().address();
    let comers: Vec<(Connect, String, String)> = names
        .iter()
        .map(|name| (case.persistent_packet(name), case.topic(name), name.clone()))
        .collect();
    thread::scope(|scope| {
        for part in comers.chunks(SESSIONS / AT_ONCE) {
            scope.spawn(move || {
                for (connect, topic, name) in part {
                    let mut client = RawClient::connected(address, connect);
                    client.expect_message(topic, name);
                    client.expect_nothing();
                }
            });
        }
    });
}

#[broker_test(v31, v311, v5)]
fn messages_of_qos_1_arrive_though_connections_break_on_both_sides(case: &Case) {
    const MESSAGES: u16 = 60;
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.persistent("pub");
    let mut received = Vec::new();
    for number in 1..=MESSAGES {
        let publish = Publish::new(&topic, number.to_string()).qos(1).id(number);
        publisher.send(&publish);
        if number % 3 == 0 {
            // Whether it has arrived, the publisher never hears.
            publisher.abort();
            publisher = case.persistent("pub");
            publisher.send(&publish.dup());
        }
        publisher.expect_puback(number);
        if number % 4 == 0 {
            let delivery = subscriber.expect_delivery();
            received.push(delivery.text().to_owned());
            if number % 8 == 0 {
                subscriber.accept(&delivery);
            }
            subscriber.abort();
            subscriber = case.persistent("sub");
        }
    }
    publisher.publish_with(Publish::new(&topic, "end").qos(1).id(MESSAGES + 1));
    loop {
        let delivery = subscriber.take();
        if delivery.text() == "end" {
            break;
        }
        received.push(delivery.text().to_owned());
    }
    // Each at least once, and for the first time in the order in which they were published.
    let mut first = Vec::new();
    for number in received {
        if !first.contains(&number) {
            first.push(number);
        }
    }
    let expected: Vec<String> = (1..=MESSAGES).map(|number| number.to_string()).collect();
    assert_eq!(first, expected);
}

#[broker_test(v31, v311, v5)]
fn subscriptions_made_and_ended_in_quick_succession_are_answered_in_their_order(case: &Case) {
    const ROUNDS: u16 = 500;
    let topic = case.topic("t");
    let mut client = case.client("c");
    for round in 1..=ROUNDS {
        client.send(&Subscribe::new().id(round).filter(&topic, 1));
        client.send(&Unsubscribe::new().id(ROUNDS + round).filter(&topic));
    }
    client.send(&Subscribe::new().id(2 * ROUNDS + 1).filter(&topic, 0));
    for round in 1..=ROUNDS {
        for expected in [round, ROUNDS + round] {
            match client.next_packet() {
                Some(rmqtt_test::Packet::SubAck(ack) | rmqtt_test::Packet::UnsubAck(ack)) => {
                    assert_eq!(ack.packet_id, expected);
                }
                other => panic!("an acknowledgement expected, not {other:?}"),
            }
        }
    }
    assert!(client.next_packet().is_some(), "the last SUBACK");
    // The last one counts, with its QoS.
    case.client("pub").publish(&topic, 1, "m");
    assert_eq!(client.expect_message(&topic, "m").qos, 0);
    client.expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn a_flood_of_retained_messages_leaves_the_last_of_each_topic(case: &Case) {
    const PUBLISHERS: usize = 4;
    const TOPICS: usize = 50;
    const ROUNDS: usize = 20;
    let topic = |publisher: usize, number: usize| case.topic(&format!("{publisher}/{number}"));
    let mut publishers: Vec<RawClient> =
        (0..PUBLISHERS).map(|number| case.client(&format!("p{number}"))).collect();
    for round in 0..ROUNDS {
        for (number, publisher) in publishers.iter_mut().enumerate() {
            for of_topic in 0..TOPICS {
                let message = Publish::new(topic(number, of_topic), round.to_string());
                publisher.send(&message.retain());
            }
        }
    }
    for publisher in &mut publishers {
        publisher.ping();
    }
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("#"), 1);
    let mut received: Vec<(String, String)> = (0..PUBLISHERS * TOPICS)
        .map(|_| subscriber.take())
        .map(|delivery| (delivery.text().to_owned(), delivery.topic))
        .collect();
    received.sort();
    let last = (ROUNDS - 1).to_string();
    let mut expected: Vec<(String, String)> = (0..PUBLISHERS)
        .flat_map(|number| (0..TOPICS).map(move |of_topic| (number, of_topic)))
        .map(|(number, of_topic)| (last.clone(), topic(number, of_topic)))
        .collect();
    expected.sort();
    assert_eq!(received, expected);
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn ten_thousand_subscriptions_of_many_clients_each_receive(case: &Case) {
    const CLIENTS: usize = 100;
    const FILTERS: usize = 100;
    let mut clients: Vec<RawClient> = (0..CLIENTS)
        .map(|number| {
            let mut client = case.client(&format!("s{number}"));
            let filters = (0..FILTERS).map(|filter| case.topic(&format!("{filter}/+/{number}")));
            let subscribe = filters.fold(Subscribe::new(), |all, filter| all.filter(filter, 1));
            assert_eq!(client.subscribe_with(subscribe).codes, [1; FILTERS]);
            client
        })
        .collect();
    let mut publisher = case.client("pub");
    for number in 0..CLIENTS {
        for filter in 0..FILTERS {
            let topic = case.topic(&format!("{filter}/x/{number}"));
            publisher.send(&Publish::new(topic, filter.to_string()));
        }
    }
    publisher.ping();
    for client in &mut clients {
        for filter in 0..FILTERS {
            assert_eq!(client.expect_delivery().text(), filter.to_string());
        }
        client.expect_nothing();
    }
}

#[broker_test(v31, v311, v5)]
fn acknowledgements_of_nothing_in_great_number_do_no_harm(case: &Case) {
    let mut client = case.client("c");
    for id in 1..=2_000 {
        client.send_bytes(&acknowledge(kind::PUBACK, id));
        client.send_bytes(&acknowledge(kind::PUBCOMP, id));
    }
    client.expect_nothing();
}
