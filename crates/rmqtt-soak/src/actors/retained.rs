use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rmqtt_test::{Connect, Publish, Version};

use super::numbered;
use crate::ground::Ground;

const TOPICS: usize = 5;

/// What is known of one topic: the last number that was begun to be written, and the last that was
/// acknowledged.
#[derive(Debug, Default)]
struct Written {
    begun: AtomicU64,
    done: AtomicU64,
}

/// Writes retained messages, and looks at them as a new subscriber.
pub(super) fn run(ground: &Ground) {
    let written: [Written; TOPICS] = Default::default();
    thread::scope(|scope| {
        let _guard = ground.guard();
        scope.spawn(|| {
            let _guard = ground.guard();
            write(ground, &written);
        });
        look(ground, &written);
    });
    // None stays behind.
    let mut client = ground.connect(&Connect::new(Version::V311, "retained-end"));
    for nth in 0..TOPICS {
        client.publish_with(Publish::new(topic(nth), "").qos(1).retain());
    }
    client.leave();
}

fn topic(nth: usize) -> String {
    format!("retained/{nth}")
}

fn write(ground: &Ground, written: &[Written]) {
    let mut client = ground.connect(&Connect::new(Version::V5, "retained-writer"));
    let mut number = 0;
    while !ground.is_over() {
        number += 1;
        for (nth, written) in written.iter().enumerate() {
            written.begun.store(number, Ordering::SeqCst);
            let message = Publish::new(topic(nth), numbered::payload(number, "")).qos(1).retain();
            assert_eq!(client.publish_with(message) & 0x80, 0);
            written.done.store(number, Ordering::SeqCst);
            ground.count("retained messages", 1);
        }
        ground.pause(Duration::from_millis(10));
    }
    client.leave();
}

fn look(ground: &Ground, written: &[Written]) {
    let mut chance = ground.chance(500);
    while !ground.is_over() {
        let nth = chance.below(TOPICS);
        let least = written[nth].done.load(Ordering::SeqCst);
        if least > 0 {
            let mut client = ground.connect(&Connect::new(Version::V311, "retained-reader"));
            assert_eq!(client.subscribe(&topic(nth), 1), 1);
            let delivery = client.take();
            assert!(delivery.retain, "what a new subscriber gets first is retained: {delivery:?}");
            let (number, _) = numbered::read(&delivery);
            let most = written[nth].begun.load(Ordering::SeqCst);
            assert!((least..=most).contains(&number), "{number} is not from {least} to {most}");
            client.leave();
            ground.count("looks at retained messages", 1);
        }
        ground.pause(Duration::from_millis(10));
    }
}
