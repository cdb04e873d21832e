use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rmqtt_test::{Connect, Heard, Packet, Version};

use super::numbered;
use crate::ground::Ground;
use crate::latency::Latencies;
use crate::sequence::Sequence;

/// How often a message is published.
const INTERVAL: Duration = Duration::from_millis(5);

/// How long a receiver listens before it looks whether it is over.
const LISTENS: Duration = Duration::from_millis(200);

/// Publishes numbers to itself through the broker until the end, and gives how long each took.
pub(super) fn run(ground: &Ground, name: &str, qos: u8) -> Latencies {
    let topic = format!("{name}/{qos}");
    let version = [Version::V5, Version::V311, Version::V31][usize::from(qos)];
    let mut receiver = ground.connect(&Connect::new(version, &format!("{name}-{qos}-receiver")));
    assert_eq!(receiver.subscribe(&topic, qos), qos);
    // What was published and acknowledged by now; known to be complete once the publisher has ended.
    let published = AtomicU64::new(0);
    let mut latencies = Latencies::default();
    thread::scope(|scope| {
        let _guard = ground.guard();
        let publisher = scope.spawn(|| {
            let _guard = ground.guard();
            let id = format!("{name}-{qos}-publisher");
            publish(ground, &Connect::new(version, &id), &topic, qos, &published);
        });
        let mut sequence = Sequence::default();
        loop {
            let has_ended = publisher.is_finished();
            match receiver.heard_within(LISTENS) {
                Heard::Packet(Packet::Publish(delivery)) => {
                    let (number, sent_us) = numbered::read(&delivery);
                    let sent_us: u64 = sent_us.parse().expect("a time");
                    latencies.add(Duration::from_micros(ground.elapsed_us() - sent_us));
                    if qos == 0 {
                        ground.count("lost of QoS 0", sequence.take_later(number, &topic));
                    } else {
                        sequence.take(number, &topic);
                    }
                    receiver.accept(&delivery);
                }
                Heard::Nothing => {
                    let last = published.load(Ordering::Acquire);
                    if has_ended && (qos == 0 || sequence.last() == last) {
                        return;
                    }
                    assert!(!has_ended, "{topic}: {} to {last} are lost", sequence.last() + 1);
                }
                heard => panic!("a client that behaves hears {heard:?}"),
            }
        }
    });
    latencies
}

fn publish(ground: &Ground, connect: &Connect, topic: &str, qos: u8, published: &AtomicU64) {
    let mut client = ground.connect(connect);
    let mut number = 0;
    while !ground.is_over() {
        number += 1;
        let payload = numbered::payload(number, &ground.elapsed_us().to_string());
        assert_eq!(client.publish(topic, qos, &payload), 0);
        published.store(number, Ordering::Release);
        ground.count("messages of pairs", 1);
        ground.pause(INTERVAL);
    }
    client.leave();
}
