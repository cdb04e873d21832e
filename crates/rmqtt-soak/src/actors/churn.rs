use rmqtt_test::{Connect, Version, Will};

use crate::ground::Ground;

const TOPICS: u64 = 2_000;

/// Connects, talks to itself, and leaves in every way there is.
pub(super) fn run(ground: &Ground, nth: u64) {
    let mut chance = ground.chance(100 + nth);
    let mut round = 0_u64;
    while !ground.is_over() {
        round += 1;
        let version = [Version::V5, Version::V311, Version::V31][chance.below(3)];
        // Few names, so that sessions are found, replaced and taken over as well.
        let id = format!("churn-{nth}-{}", chance.below(20));
        let mut connect = Connect::new(version, &id).clean(!chance.one_in(4));
        if version.is_v5() && chance.one_in(3) {
            connect = connect.session_expiry(1);
        }
        if chance.one_in(4) {
            connect = connect.will(Will::new(format!("churn/{nth}/will"), "gone"));
        }
        let mut client = ground.connect(&connect);
        // So many topics that workers remember all of them, within seconds.
        let topic = format!("churn/{nth}/{}", round % TOPICS);
        let qos = chance.below(3) as u8;
        let code = client.subscribe(&topic, qos);
        assert_eq!(code, qos, "{id} may subscribe");
        let text = format!("{round}");
        assert_eq!(client.publish(&topic, qos, &text), 0);
        let mut delivery = client.take();
        while delivery.text() != text {
            // It was acknowledged just before a connection of this session ended, or too late.
            assert!(delivery.dup, "{id} gets {delivery:?}");
            delivery = client.take();
        }
        assert_eq!(delivery.topic, topic);
        if !chance.one_in(3) {
            client.unsubscribe(&topic);
        }
        match chance.below(4) {
            0 => client.abort(),
            1 => drop(client),
            _ => client.leave(),
        }
        ground.count("connections of churn", 1);
    }
}
