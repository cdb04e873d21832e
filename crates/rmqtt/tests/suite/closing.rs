//! How connections end.

use rmqtt::{Anonymous, ListenerPolicy};
use rmqtt_test::{Connect, Packet, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};

#[test]
fn the_reason_is_readable_although_the_broker_left_input_unread() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let mut client = RawClient::connected(broker.address(), &Connect::new(Version::V5, "rude"));
        // A second CONNECT ends the connection; what comes behind it nobody reads any more.
        let connect = Connect::new(Version::V5, "again");
        client.send(&connect);
        client.send_bytes(&vec![0; 300_000]);
        client.expect_refusal(&[0x82]);
    }
}

#[test]
fn a_connection_that_never_reads_is_closed_all_the_same() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        let mut deaf = RawClient::connected(broker.address(), &Connect::new(Version::V5, "deaf"));
        deaf.send(&Connect::new(Version::V5, "again"));
        // It keeps its half open: after a while the broker gives up on it.
        deaf.expect_refusal(&[0x82]);
        let counters = broker.counters();
        assert_eq!(counters.links_closed, 1, "{counters:?}");
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
        assert!(std::net::TcpStream::connect(address).is_err(), "somebody still listens");
    }
}
