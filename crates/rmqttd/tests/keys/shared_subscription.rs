//! `rmqtt-shared-subscription.toml`

use rmqtt_test::{RawClient, Started, shows_key_given};

use crate::deliveries_before_ping;

/// One worker, whose choices are those of the node.
const ONE_WORKER: (&str, &str) = ("runtime.workers", "1");

/// Members of one group for the topic `t`.
fn members(broker: &Started, number: usize) -> Vec<RawClient> {
    let member = |index: usize| {
        let mut member = broker.client(&format!("member{index}"));
        member.subscribe("$share/group/t", 0);
        member
    };
    (0..number).map(member).collect()
}

/// How many messages each has got.
fn received(members: &mut [RawClient]) -> Vec<usize> {
    members.iter_mut().map(|member| deliveries_before_ping(member).len()).collect()
}

#[test]
fn messages_of_one_topic_go_to_one_member_or_in_turn() {
    let most = |broker: &mut Started| {
        let mut members = members(broker, 2);
        let mut publisher = broker.client("publisher");
        for _ in 0..10 {
            publisher.publish("t", 1, "m");
        }
        received(&mut members).into_iter().max()
    };
    shows_key_given(
        "rmqtt-shared-subscription: strategy",
        &[ONE_WORKER],
        [("\"hash_topic\"", Some(10)), ("\"round_robin\"", Some(5))],
        most,
    );
}

/// The first publisher's second message goes where its first went, unless that is forgotten over the
/// other publisher's; then it is the third member's turn.
#[test]
fn as_many_choices_are_remembered_as_wanted() {
    let shares = |broker: &mut Started| {
        let mut members = members(broker, 3);
        let mut publishers = ["a", "b"].map(|name| broker.client(name));
        for publisher in [0, 1, 0] {
            publishers[publisher].publish("t", 1, "m");
        }
        let mut shares = received(&mut members);
        shares.sort_unstable();
        shares
    };
    shows_key_given(
        "rmqtt-shared-subscription: sticky_cache_size",
        &[ONE_WORKER, ("rmqtt-shared-subscription: strategy", "\"sticky\"")],
        [("1", vec![1, 1, 1]), ("2", vec![0, 1, 2])],
        shares,
    );
}
