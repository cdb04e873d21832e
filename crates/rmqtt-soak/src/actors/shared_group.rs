use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rmqtt_test::{Connect, Heard, Packet, Version};

use super::numbered;
use crate::ground::Ground;
use crate::sequence::Spread;

const TOPIC: &str = "shared/work";
const MEMBERS: u8 = 3;

/// Members of a group take the numbers that one client publishes.
pub(super) fn run(ground: &Ground) {
    let taken = Mutex::new(Spread::default());
    let (ready, all_taken) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let _guard = ground.guard();
        for nth in 0..MEMBERS {
            let (taken, ready, all_taken) = (&taken, &ready, &all_taken);
            scope.spawn(move || {
                let _guard = ground.guard();
                member(ground, nth, taken, ready, all_taken);
            });
        }
        ground.await_that("members subscribe", || {
            ready.load(Ordering::Acquire) == u64::from(MEMBERS)
        });
        // However this ends, members are not waited for without end.
        let _ended = Ended(&all_taken);
        publish(ground, &taken);
    });
}

fn publish(ground: &Ground, taken: &Mutex<Spread>) {
    let mut client = ground.connect(&Connect::new(Version::V311, "shared-publisher"));
    let mut number = 0;
    while !ground.is_over() {
        number += 1;
        let qos = 1 + (number % 2) as u8;
        assert_eq!(client.publish(TOPIC, qos, &numbered::payload(number, "")), 0);
        ground.count("messages of the shared group", 1);
        ground.pause(Duration::from_millis(3));
    }
    client.leave();
    ground.await_that("every message reaches a member of the group", || {
        taken.lock().unwrap_or_else(PoisonError::into_inner).has_all(number)
    });
}

fn member(
    ground: &Ground,
    nth: u8,
    taken: &Mutex<Spread>,
    ready: &AtomicU64,
    all_taken: &AtomicBool,
) {
    let mut client = ground.connect(&Connect::new(Version::V5, &format!("shared-{nth}")));
    assert_eq!(client.subscribe(&format!("$share/group/{TOPIC}"), 2), 2);
    ready.fetch_add(1, Ordering::AcqRel);
    while !all_taken.load(Ordering::Acquire) {
        match client.heard_within(Duration::from_millis(100)) {
            Heard::Nothing => {}
            Heard::Packet(Packet::Publish(delivery)) => {
                let (number, _) = numbered::read(&delivery);
                let is_new = taken.lock().unwrap_or_else(PoisonError::into_inner).take(number);
                assert!(is_new, "two members get {number}");
                client.accept(&delivery);
            }
            heard => panic!("a member hears {heard:?}"),
        }
    }
    client.leave();
}

struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
