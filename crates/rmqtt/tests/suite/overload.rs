//! What a node refuses that has too much to do, or no memory left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rmqtt::Driver;
use rmqtt::overload::{OverloadLimits, Readings};
use rmqtt_test::{Connect, Publish, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// What the test says: percent of CPU, bytes of memory.
#[derive(Clone, Default)]
struct Gauges {
    cpu: Arc<AtomicU64>,
    memory: Arc<AtomicU64>,
}

impl Readings for Gauges {
    fn load_average(&mut self) -> Option<f32> {
        None
    }

    fn cpu_percent(&mut self) -> Option<f32> {
        Some(self.cpu.load(Ordering::SeqCst) as f32)
    }

    fn memory_bytes(&mut self) -> Option<u64> {
        Some(self.memory.load(Ordering::SeqCst))
    }
}

fn start(driver: Driver) -> (Broker, Gauges) {
    let gauges = Gauges::default();
    let readings = gauges.clone();
    let limits = OverloadLimits {
        interval: Duration::from_millis(1),
        cpu_percent: Some(90.0),
        memory_bytes: Some(1_000),
        ..OverloadLimits::unbounded()
    };
    let broker =
        Broker::start_with(driver, open_policy(), |builder| builder.overload(limits, readings));
    (broker, gauges)
}

/// Tries until the node says this to a CONNECT of MQTT 5.
fn wait_for_code(broker: &Broker, code: u8) {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let mut client = RawClient::open(broker.address(), Version::V5);
        if client.connect(&Connect::new(Version::V5, "probe")).code == code {
            return;
        }
        assert!(Instant::now() < until, "the node does not say 0x{code:02X}");
    }
}

#[test]
fn a_busy_node_refuses_clients_until_it_is_no_longer_busy() {
    for driver in drivers() {
        let (broker, gauges) = start(driver);
        let connect = Connect::new(Version::V5, "early");
        let mut early = RawClient::connected(broker.address(), &connect);
        gauges.cpu.store(90, Ordering::SeqCst);
        wait_for_code(&broker, 0x88);
        for version in VERSIONS {
            let mut late = RawClient::open(broker.address(), version);
            late.send(&Connect::new(version, "late"));
            late.expect_connect_refused(&[if version.is_v5() { 0x88 } else { 3 }]);
        }
        early.subscribe("t", 1);
        assert_eq!(early.publish("t", 1, "who is in stays in"), 0);
        gauges.cpu.store(10, Ordering::SeqCst);
        wait_for_code(&broker, 0);
    }
}

#[test]
fn without_memory_what_would_have_to_be_kept_is_refused_and_the_rest_goes_on() {
    for driver in drivers() {
        let (broker, gauges) = start(driver);
        let connect =
            |version: Version, qos: u8| Connect::new(version, &format!("{version}-{qos}"));
        let join = |version, qos| RawClient::connected(broker.address(), &connect(version, qos));
        let all = VERSIONS.into_iter().flat_map(|version| [(version, 1), (version, 2)]);
        let mut clients: Vec<_> =
            all.map(|(version, qos)| (version, qos, join(version, qos))).collect();
        let connect = Connect::new(Version::V5, "receiver");
        let mut receiver = RawClient::connected(broker.address(), &connect);
        receiver.subscribe("#", 2);
        gauges.memory.store(1_000, Ordering::SeqCst);
        wait_for_code(&broker, 0x97);
        for (version, qos, client) in &mut clients {
            client.publish("t", 0, "goes through");
            receiver.expect_message("t", "goes through");
            client.send(&Publish::new("t", "dropped").retain());
            let id = client.next_packet_id();
            client.send(&Publish::new("t", "refused").qos(*qos).id(id));
            if !version.is_v5() {
                // Not acknowledged, and sent again on a new connection [MQTT-3.1.1: 4.8.0-2].
                client.expect_close();
                continue;
            }
            let ack = if *qos == 1 { client.expect_puback(id) } else { client.expect_pubrec(id) };
            assert_eq!(ack.reason, 0x97);
            client.ping();
        }
        receiver.expect_nothing();
        gauges.memory.store(0, Ordering::SeqCst);
        wait_for_code(&broker, 0);
        for (version, qos, client) in clients {
            let mut client = if version.is_v5() { client } else { join(version, qos) };
            assert_eq!(client.publish("t", qos, "again"), 0);
            receiver.expect_message("t", "again");
        }
    }
}
