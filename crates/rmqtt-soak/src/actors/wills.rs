use std::collections::BTreeMap;
use std::time::Duration;

use rmqtt_test::{Connect, Disconnect, Heard, Packet, RawClient, Version, Will};

use crate::ground::Ground;

const FILTER: &str = "wills/#";

/// Dies and says goodbye, and watches what is published for it.
pub(super) fn run(ground: &Ground) {
    let mut watcher = ground.connect(&Connect::new(Version::V5, "wills-watcher"));
    assert_eq!(watcher.subscribe(FILTER, 1), 1);
    let mut chance = ground.chance(400);
    // How often the Will of each client has come, of those that died.
    let mut died: BTreeMap<u64, u32> = BTreeMap::new();
    let mut number = 0_u64;
    while !ground.is_over() {
        number += 1;
        let version = if chance.one_in(2) { Version::V5 } else { Version::V311 };
        let will = Will::new(format!("wills/{}", number % 10), number.to_string()).qos(1);
        let client = ground.connect(&Connect::new(version, &format!("will-{number}")).will(will));
        match chance.below(4) {
            0 => client.leave(),
            1 if version.is_v5() => {
                // It says goodbye, and wants its Will published [MQTT-3.14.4-3].
                died.insert(number, 0);
                client.leave_with(&Disconnect::new(0x04));
            }
            _ => {
                died.insert(number, 0);
                client.abort();
            }
        }
        ground.count("clients with a Will", 1);
        while take(&mut watcher, Duration::from_millis(1), &mut died) {}
    }
    // The last ones are on their way.
    ground.await_that("every death publishes its Will", || {
        while take(&mut watcher, Duration::from_millis(50), &mut died) {}
        died.values().all(|times| *times > 0)
    });
    ground.count("Wills published", died.len() as u64);
    watcher.leave();
}

fn take(watcher: &mut RawClient, within: Duration, died: &mut BTreeMap<u64, u32>) -> bool {
    match watcher.heard_within(within) {
        Heard::Nothing => false,
        Heard::Packet(Packet::Publish(delivery)) => {
            watcher.accept(&delivery);
            let number = delivery.text().parse().expect("a number");
            let times = died.get_mut(&number);
            let times = times.unwrap_or_else(|| panic!("client {number} has said goodbye"));
            *times += 1;
            assert_eq!(*times, 1, "the Will of client {number} comes again");
            true
        }
        heard => panic!("a watcher hears {heard:?}"),
    }
}
