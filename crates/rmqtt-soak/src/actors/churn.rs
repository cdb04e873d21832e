use rmqtt_test::{Connect, Version, Will};

use crate::ground::Ground;

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
        let topic = format!("churn/{nth}/{round}");
        let qos = chance.below(3) as u8;
        let code = client.subscribe(&topic, qos);
        assert_eq!(code, qos, "{id} may subscribe");
        assert_eq!(client.publish(&topic, qos, "to myself"), 0);
        let delivery = client.take();
        assert_eq!((delivery.topic.as_str(), delivery.text()), (topic.as_str(), "to myself"));
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
