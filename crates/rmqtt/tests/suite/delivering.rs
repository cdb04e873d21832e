//! Messages between clients of the same and of different workers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use rmqtt_test::wire::Writer;
use rmqtt_test::{Connect, Publish, RawClient, Version, Will};

use crate::broker::{Broker, drivers, open_policy};

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

fn client(broker: &Broker, version: Version, name: &str) -> RawClient {
    RawClient::connected(broker.address(), &Connect::new(version, name))
}

#[test]
fn a_message_reaches_subscribers_of_both_workers_in_every_version_and_quality() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let mut subscribers = VERSIONS.map(|version| {
            [0, 1].map(|worker| client(&broker, version, &format!("s-{version:?}-{worker}")))
        });
        for subscriber in subscribers.iter_mut().flatten() {
            assert_eq!(subscriber.subscribe("a/+", 2), 2);
        }
        for version in VERSIONS {
            let mut publisher = client(&broker, version, "publisher");
            for qos in 0..=2 {
                let payload = format!("{version:?} {qos}");
                assert_eq!(publisher.publish("a/b", qos, &payload), 0);
                for subscriber in subscribers.iter_mut().flatten() {
                    let delivery = subscriber.expect_message("a/b", &payload);
                    assert_eq!(delivery.qos, qos);
                }
            }
            publisher.leave();
        }
        let counters = broker.counters();
        assert_eq!(counters.messages_publish.total(), 9, "{counters:?}");
        assert_eq!(counters.messages_delivered.total(), 9 * 6, "{counters:?}");
    }
}

#[test]
fn no_message_waits_for_the_next_event() {
    // Each message is sent only when the one before has come back: a wake-up that is lost between
    // workers, or between the sockets and their worker, stops this for good.
    for driver in drivers() {
        let broker = Broker::start(driver);
        let mut near = client(&broker, Version::V311, "near");
        let mut far = client(&broker, Version::V5, "far");
        near.subscribe("to/near", 1);
        far.subscribe("to/far", 1);
        for number in 0..1_000 {
            let payload = number.to_string();
            near.send(&Publish::new("to/far", payload.as_bytes()));
            far.expect_message("to/far", &payload);
            far.send(&Publish::new("to/near", payload.as_bytes()));
            near.expect_message("to/near", &payload);
        }
    }
}

#[test]
fn packets_are_understood_however_they_are_cut() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let mut subscriber = client(&broker, Version::V311, "subscriber");
        subscriber.subscribe("#", 0);
        let connect =
            Writer::new().string("MQTT").byte(4).byte(2).two(60).string("cut").packet(0x10);
        let publish = Writer::new().string("t").raw(b"payload").packet(0x30);
        let bytes = [connect, publish.clone(), publish].concat();
        for step in [1, 2, 7, bytes.len()] {
            let mut stream = TcpStream::connect(broker.address()).unwrap();
            stream.set_nodelay(true).unwrap();
            for part in bytes.chunks(step) {
                stream.write_all(part).unwrap();
            }
            subscriber.expect_message("t", "payload");
            subscriber.expect_message("t", "payload");
        }
    }
}

#[test]
fn what_comes_with_the_end_of_a_connection_is_heard_before_the_end_itself() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let mut subscriber = client(&broker, Version::V311, "subscriber");
        subscriber.subscribe("#", 0);
        for number in 0..100 {
            let will = Will::new("gone", "by itself");
            let mut publisher = RawClient::connected(
                broker.address(),
                &Connect::new(Version::V311, "publisher").will(will),
            );
            publisher.send(&Publish::new("last", number.to_string()));
            publisher.stop_sending();
            subscriber.expect_message("last", &number.to_string());
            // Nothing else happens that could make the worker look at the socket again.
            subscriber.expect_message("gone", "by itself");
        }
    }
}

#[test]
fn a_slow_reader_gets_every_message_once_it_reads() {
    const MESSAGES: u32 = 400;
    const PAYLOAD_BYTES: usize = 40_000;
    for driver in drivers() {
        let broker = Broker::start(driver);
        for name in ["same worker", "other worker"] {
            let mut subscriber = client(&broker, Version::V5, name);
            subscriber.subscribe("large", 1);
            let mut publisher = client(&broker, Version::V5, "publisher");
            for number in 0..MESSAGES {
                let mut payload = vec![b'.'; PAYLOAD_BYTES];
                payload[..4].copy_from_slice(&number.to_be_bytes());
                publisher.publish_with(Publish::new("large", payload).qos(1));
            }
            // More than the sockets hold waits in the broker.
            for number in 0..MESSAGES {
                let delivery = subscriber.take();
                assert_eq!(delivery.payload.len(), PAYLOAD_BYTES);
                assert_eq!(delivery.payload[..4], number.to_be_bytes());
            }
            subscriber.leave();
            publisher.leave();
            if name == "same worker" {
                // One connection between the pairs moves the next one to the other arrangement.
                client(&broker, Version::V311, "between").leave();
            }
        }
    }
}

#[test]
fn a_worker_that_is_behind_makes_the_others_wait_and_loses_nothing() {
    for driver in drivers() {
        // Any message that waits is too much: every batch meets a full inbox now and then.
        let broker =
            Broker::start_with(driver, open_policy(), |builder| builder.inbox_bytes_max(0));
        let mut subscriber = client(&broker, Version::V311, "subscriber");
        subscriber.subscribe("t", 1);
        let mut stream = TcpStream::connect(broker.address()).unwrap();
        let connect = Writer::new().string("MQTT").byte(4).byte(2).two(60).string("p").packet(0x10);
        stream.write_all(&connect).unwrap();
        let sender = std::thread::spawn(move || {
            for id in 1..=5_000_u16 {
                let publish = Writer::new().string("t").two(id).raw(&id.to_be_bytes()).packet(0x32);
                stream.write_all(&publish).unwrap();
            }
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answers = Vec::new();
            stream.read_to_end(&mut answers).unwrap();
        });
        for id in 1..=5_000_u16 {
            assert_eq!(subscriber.take().payload, id.to_be_bytes());
        }
        sender.join().unwrap();
    }
}
