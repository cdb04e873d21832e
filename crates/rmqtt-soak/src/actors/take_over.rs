use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rmqtt_test::{Connect, Heard, Packet, RawClient, Version};

use super::numbered;
use crate::ground::Ground;
use crate::sequence::Spread;

const TOPIC: &str = "take-over";
const CLIENTS: u64 = 3;

/// Several clients fight for one session, while somebody publishes to it. Who loses it may have had
/// a message that it could not acknowledge any more, so a message may come twice; none is lost.
pub(super) fn run(ground: &Ground) {
    // A timer of a connection that has ended is forgotten when its time has come. With a short
    // keep-alive there are as many of them after seconds as there will ever be.
    let connect = Connect::persistent(Version::V5, "take-over").keep_alive(5);
    let mut first = ground.connect(&connect);
    assert_eq!(first.subscribe(TOPIC, 1), 1);
    first.leave();
    let taken = Mutex::new(Spread::default());
    let published = AtomicU64::new(0);
    thread::scope(|scope| {
        let _guard = ground.guard();
        scope.spawn(|| {
            let _guard = ground.guard();
            publish(ground, &published);
        });
        for nth in 0..CLIENTS {
            let (connect, taken) = (&connect, &taken);
            scope.spawn(move || {
                let _guard = ground.guard();
                let mut chance = ground.chance(700 + nth);
                while !ground.is_over() {
                    let pause = Duration::from_millis(chance.below(40) as u64);
                    fight(ground, connect, taken, pause);
                }
            });
        }
    });
    let last = published.load(Ordering::Acquire);
    let mut client = ground.connect(&connect);
    let has_all = || taken.lock().unwrap_or_else(PoisonError::into_inner).has_all(last);
    while !has_all() {
        let missing = taken.lock().unwrap_or_else(PoisonError::into_inner).first_missing();
        match client.heard_within(Duration::from_secs(60)) {
            Heard::Packet(Packet::Publish(delivery)) => {
                let (number, _) = numbered::read(&delivery);
                taken.lock().unwrap_or_else(PoisonError::into_inner).take(number);
                client.accept(&delivery);
            }
            heard => panic!("{missing} of {last} is lost; the last client hears {heard:?}"),
        }
    }
    client.leave();
    ground.connect(&Connect::new(Version::V5, "take-over")).leave();
}

fn publish(ground: &Ground, published: &AtomicU64) {
    let mut client = ground.connect(&Connect::new(Version::V5, "take-over-publisher"));
    let mut number = 0;
    while !ground.is_over() {
        number += 1;
        assert_eq!(client.publish(TOPIC, 1, &numbered::payload(number, "")), 0);
        published.store(number, Ordering::Release);
        ground.pause(Duration::from_millis(5));
    }
    client.leave();
}

/// Takes the session over, and messages until it is taken away, or given up for a while.
fn fight(ground: &Ground, connect: &Connect, taken: &Mutex<Spread>, pause: Duration) {
    let mut client = ground.open(connect.version);
    client.send(connect);
    ground.count("take-overs", 1);
    loop {
        match client.heard_within(pause.max(Duration::from_millis(1))) {
            Heard::Packet(Packet::Publish(delivery)) => {
                let (number, _) = numbered::read(&delivery);
                taken.lock().unwrap_or_else(PoisonError::into_inner).take(number);
                client.accept(&delivery);
            }
            Heard::Packet(Packet::ConnAck(connack)) => {
                assert_eq!((connack.code, connack.session_present), (0, true));
            }
            // 0x8E: the session was taken over.
            Heard::Packet(Packet::Disconnect(told)) => assert_eq!(told.reason, 0x8E),
            Heard::Close => return,
            Heard::Nothing => {
                leave(&mut client);
                return;
            }
            Heard::Packet(packet) => panic!("a client hears {packet:?}"),
        }
    }
}

/// The connection ends; what is still on its way to the client stays in the session.
fn leave(client: &mut RawClient) {
    client.stop_sending();
}
