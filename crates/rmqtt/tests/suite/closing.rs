//! How connections end.

use std::io::{Read, Write};
use std::net::TcpStream;

use rmqtt::{Anonymous, ListenerPolicy};
use rmqtt_test::request::Request;
use rmqtt_test::{Connect, Packet, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};
use crate::stream;

#[test]
fn the_reason_is_readable_although_the_broker_left_input_unread() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let connect = Connect::new(Version::V5, "rude");
        // A second CONNECT ends the connection; what comes behind it nobody reads any more. Closing
        // the socket over it would reset the connection, and a reset may overtake the reason.
        let rude = [connect.bytes(Version::V5), vec![0; 300_000]].concat();
        for _ in 0..20 {
            let mut stream = stream::join(TcpStream::connect(broker.address()).unwrap(), &connect);
            stream.write_all(&rude).unwrap();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).unwrap();
            assert_eq!(rest[0], 0xE0, "DISCONNECT");
            assert_eq!(rest[2], 0x82, "protocol error");
        }
    }
}

#[test]
fn a_peer_that_never_closes_is_not_waited_for_long() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let connect = Connect::new(Version::V5, "stays");
        let mut stays = RawClient::connected(broker.address(), &connect);
        stays.send(&connect);
        stays.expect_refusal(&[0x82]);
        // Its half is still open.
        let shutdown = broker.begin_shutdown();
        assert!(broker.wait(shutdown), "not in time");
    }
}

#[test]
fn clients_without_credentials_are_refused_where_nobody_may_be_anonymous() {
    for driver in drivers() {
        let policy = ListenerPolicy { anonymous: Anonymous::Never, ..open_policy() };
        let broker = Broker::start_with(driver, policy, |builder| builder);
        for (version, code) in [(Version::V31, 5), (Version::V311, 5), (Version::V5, 0x87)] {
            let mut client = RawClient::open(broker.address(), version);
            client.send(&Connect::new(version, "nobody").user_name("u").password("p"));
            client.expect_connect_refused(&[code]);
        }
        assert_eq!(broker.counters().connects_refused, 3);
    }
}

#[test]
fn peers_on_this_machine_may_be_anonymous_where_only_they_may() {
    for driver in drivers() {
        let policy = ListenerPolicy { anonymous: Anonymous::Loopback, ..open_policy() };
        let broker = Broker::start_with(driver, policy, |builder| builder);
        RawClient::connected(broker.address(), &Connect::new(Version::V5, "local")).leave();
    }
}

#[test]
fn a_shutdown_tells_the_clients_and_ends_when_they_are_gone() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let address = broker.address();
        let mut clients: Vec<RawClient> = (0..10)
            .map(|number| Connect::new(Version::V5, &format!("client-{number}")))
            .map(|connect| RawClient::connected(address, &connect))
            .collect();
        let shutdown = broker.begin_shutdown();
        for client in &mut clients {
            match client.next_packet() {
                Some(Packet::Disconnect(disconnect)) => assert_eq!(disconnect.reason, 0x8B),
                other => panic!("{other:?}"),
            }
            client.expect_close();
        }
        drop(clients);
        assert!(broker.wait(shutdown), "not in time");
        assert!(TcpStream::connect(address).is_err(), "somebody still listens");
    }
}
