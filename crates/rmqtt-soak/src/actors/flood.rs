use std::time::Duration;

use rmqtt_test::{Connect, Heard, Packet, Publish, Version};

use super::numbered;
use crate::ground::Ground;
use crate::sequence::Sequence;

/// Messages between two questions whether the broker keeps up.
const BURST: u64 = 500;

/// The topic of one flood. Slow readers subscribe to all of them.
fn topic(nth: u64) -> String {
    format!("flood/{nth}")
}

/// What gets every flood.
pub(super) const FILTER: &str = "flood/#";

/// Publishes as fast as the broker takes it, with QoS 0 and 1 by turns.
pub(super) fn publish(ground: &Ground, nth: u64) {
    let mut client = ground.connect(&Connect::new(Version::V311, &format!("flood-{nth}")));
    let topic = topic(nth);
    let filling = "x".repeat(600);
    let mut number = 0;
    while !ground.is_over() {
        let qos = u8::from(number / BURST % 2 == 1);
        for _ in 0..BURST {
            number += 1;
            let mut publish = Publish::new(&topic, numbered::payload(number, &filling)).qos(qos);
            if qos == 1 {
                publish = publish.id(client.next_packet_id());
            }
            client.send(&publish);
        }
        // Everything before was taken when the answer comes; acknowledgements are passed over.
        client.ping();
        while let Heard::Packet(packet) = client.heard_within(Duration::from_micros(1)) {
            assert!(matches!(packet, Packet::PubAck(_)), "a publisher hears {packet:?}");
        }
        ground.count("messages of floods", BURST);
    }
    client.leave();
}

/// Reads one flood as it comes, with QoS 1. The queue may overflow, and drops the oldest: numbers
/// are missing then, and none comes twice or too late.
pub(super) fn read(ground: &Ground, nth: u64) {
    let mut client = ground.connect(&Connect::new(Version::V5, &format!("flood-{nth}-reader")));
    assert_eq!(client.subscribe(&topic(nth), 1), 1);
    // Order holds among messages of QoS 0 and among those of QoS 1.
    let mut sequences = [Sequence::default(), Sequence::default()];
    while !ground.is_over() {
        match client.heard_within(Duration::from_millis(100)) {
            Heard::Packet(Packet::Publish(delivery)) => {
                let (number, _) = numbered::read(&delivery);
                sequences[usize::from(delivery.qos)].take_later(number, "a reader of the flood");
                client.accept(&delivery);
                ground.count("messages of floods read", 1);
            }
            Heard::Nothing => {}
            heard => panic!("a reader of the flood hears {heard:?}"),
        }
    }
    client.leave();
}
