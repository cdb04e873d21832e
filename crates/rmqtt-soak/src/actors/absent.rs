use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rmqtt_test::{Connect, Heard, Packet, RawClient, Version};

use super::numbered;
use crate::chance::Chance;
use crate::ground::Ground;
use crate::sequence::Sequence;

/// A session whose client goes away and comes back, while somebody publishes to it. The client takes
/// messages one by one and leaves only between them, so each comes once, with either QoS.
pub(super) fn run(ground: &Ground, qos: u8) {
    let topic = format!("absent/{qos}");
    let version = if qos == 1 { Version::V311 } else { Version::V5 };
    let connect = Connect::persistent(version, &format!("absent-{qos}"));
    let mut first = ground.connect(&connect);
    assert_eq!(first.subscribe(&topic, qos), qos);
    first.leave();
    let published = AtomicU64::new(0);
    let mut chance = ground.chance(600 + u64::from(qos));
    let mut sequence = Sequence::default();
    thread::scope(|scope| {
        let _guard = ground.guard();
        let publisher = scope.spawn(|| {
            let _guard = ground.guard();
            publish(ground, &topic, qos, &published);
        });
        while !publisher.is_finished() {
            stay(ground, &connect, &mut chance, &mut sequence);
            ground.pause(Duration::from_millis(chance.below(1_000) as u64));
        }
    });
    let last = published.load(Ordering::Acquire);
    let mut client = ground.connect(&connect);
    while sequence.last() < last {
        take(&mut client, &client_name(qos), &mut sequence);
    }
    client.leave();
    // The session does not stay behind.
    ground.connect(&Connect::new(version, &format!("absent-{qos}"))).leave();
}

fn client_name(qos: u8) -> String {
    format!("an absent client of QoS {qos}")
}

fn publish(ground: &Ground, topic: &str, qos: u8, published: &AtomicU64) {
    let mut client = ground.connect(&Connect::new(Version::V5, &format!("absent-{qos}-publisher")));
    let mut number = 0;
    while !ground.is_over() {
        number += 1;
        assert_eq!(client.publish(topic, qos, &numbered::payload(number, "")), 0);
        published.store(number, Ordering::Release);
        ground.count("messages to absent clients", 1);
        ground.pause(Duration::from_millis(5));
    }
    client.leave();
}

/// Comes, takes some messages, and goes.
fn stay(ground: &Ground, connect: &Connect, chance: &mut Chance, sequence: &mut Sequence) {
    let mut client = ground.open(connect.version);
    let connack = client.connect(connect);
    assert_eq!((connack.code, connack.session_present), (0, true), "the session was kept");
    for _ in 0..chance.below(200) {
        match client.heard_within(Duration::from_millis(50)) {
            Heard::Nothing => break,
            Heard::Packet(Packet::Publish(delivery)) => {
                let (number, _) = numbered::read(&delivery);
                sequence.take(number, "an absent client");
                client.accept(&delivery);
            }
            heard => panic!("an absent client hears {heard:?}"),
        }
    }
    if chance.one_in(2) {
        client.abort()
    } else {
        client.leave()
    }
    ground.count("returns of absent clients", 1);
}

fn take(client: &mut RawClient, who: &str, sequence: &mut Sequence) {
    let delivery = client.expect_delivery();
    let (number, _) = numbered::read(&delivery);
    sequence.take(number, who);
    client.accept(&delivery);
}
