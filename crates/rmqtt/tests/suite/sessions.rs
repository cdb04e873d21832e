//! Links that find their session on another worker.

use rmqtt_test::{Connect, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};

#[test]
fn a_session_is_resumed_from_whichever_worker_its_client_comes_to() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        for version in [Version::V311, Version::V5] {
            let connect = Connect::persistent(version, &format!("resumes-{version:?}"));
            let mut client = RawClient::connected(broker.address(), &connect);
            assert!(!client.connack().session_present);
            client.subscribe("t", 1);
            client.abort();
            // An odd number of connections on the way: both workers get their turn.
            for round in 0..4 {
                let between = Connect::new(version, "publisher");
                let mut publisher = RawClient::connected(broker.address(), &between);
                let payload = format!("round {round}");
                publisher.publish("t", 1, &payload);
                publisher.leave();
                let mut client = RawClient::connected(broker.address(), &connect);
                assert!(client.connack().session_present, "round {round}");
                let delivery = client.expect_message("t", &payload);
                client.accept(&delivery);
                client.ping();
                client.abort();
                if round % 2 == 0 {
                    RawClient::connected(broker.address(), &between).leave();
                }
            }
        }
    }
}

#[test]
fn a_second_connection_takes_over_and_the_first_is_told() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let connect = Connect::persistent(Version::V5, "twice");
        let mut current = RawClient::connected(broker.address(), &connect);
        current.subscribe("t", 1);
        for round in 0..6 {
            if round % 2 == 0 {
                RawClient::connected(broker.address(), &Connect::new(Version::V5, "x")).leave();
            }
            let next = RawClient::connected(broker.address(), &connect);
            assert!(next.connack().session_present);
            current.expect_refusal(&[0x8E]);
            current = next;
            assert_eq!(current.publish("t", 1, "to myself"), 0);
            current.take();
            // The acknowledgement has arrived, so that the message does not come again.
            current.ping();
        }
    }
}

#[test]
fn what_a_client_sends_before_its_session_is_found_is_heard_afterwards() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let connect = Connect::persistent(Version::V311, "hasty");
        RawClient::connected(broker.address(), &connect).abort();
        for _ in 0..3 {
            let mut hasty = RawClient::open(broker.address(), Version::V311);
            // CONNECT and two PINGREQ in one write: the link moves with what was not handled yet.
            let connect_bytes = rmqtt_test::request::Request::bytes(&connect, Version::V311);
            hasty.send_bytes(&[connect_bytes, vec![0xC0, 0, 0xC0, 0]].concat());
            let answers = [hasty.next_packet(), hasty.next_packet(), hasty.next_packet()];
            let [Some(rmqtt_test::Packet::ConnAck(connack)), Some(first), Some(second)] = answers
            else {
                panic!("{answers:?}")
            };
            assert!(connack.session_present);
            assert_eq!(
                [first, second],
                [rmqtt_test::Packet::PingResp, rmqtt_test::Packet::PingResp]
            );
            hasty.abort();
        }
    }
}

#[test]
fn places_and_numbers_of_ended_connections_are_given_again() {
    for driver in drivers() {
        let broker = Broker::start_listening(driver, 4, open_policy(), |builder| builder);
        let mut watcher =
            RawClient::connected(broker.address(), &Connect::new(Version::V311, "watcher"));
        watcher.subscribe("#", 0);
        for round in 0..300 {
            let connect = Connect::new(Version::V311, &format!("client-{round}"));
            let mut client = RawClient::connected(broker.address(), &connect);
            client.publish("round", 0, &round.to_string());
            watcher.expect_message("round", &round.to_string());
            match round % 3 {
                0 => client.leave(),
                1 => client.abort(),
                _ => {
                    client.send_bytes(&[0xFF, 0xFF]);
                    client.expect_close();
                }
            }
        }
    }
}
