//! What is published and subscribed. Each tree of topics has one purpose, so that the invariants know
//! from a topic what may happen to its messages.

use crate::random::Random;

/// Messages that are not retained.
const PLAIN: [&str; 4] = ["plain/0", "plain/1", "plain/deep/2", "plain/deep/3"];
/// Messages that may be retained.
pub(crate) const RETAINED: [&str; 3] = ["kept/0", "kept/1", "kept/2"];
/// Messages that only the shared group of the same number is subscribed to.
const SHARED: [&str; 3] = ["shared1/0", "shared1/1", "shared2/0"];
/// Wills.
pub(crate) const WILL: &str = "will/0";

/// Filters, the more used ones more than once.
const FILTERS: [&str; 15] = [
    "plain/0",
    "plain/1",
    "plain/#",
    "plain/#",
    "plain/+",
    "plain/deep/+",
    "+/deep/2",
    "kept/#",
    "kept/0",
    "kept/+",
    "$share/one/shared1/#",
    "$share/one/shared1/#",
    "$share/one/shared1/#",
    "$share/two/shared2/0",
    "will/#",
];

/// Where clients that break rules publish.
pub(crate) const HOSTILE: &str = "hostile/";
/// What a client that breaks rules subscribes to, to take more than it can.
pub(crate) const HOSTILE_FILTERS: [&str; 4] = ["#", "plain/#", "hostile/#", "kept/+"];

/// A topic to publish to, and whether RETAIN may be set there.
pub(crate) fn any_topic(random: &mut Random) -> (&'static str, bool) {
    match random.weighted(&[50, 30, 20]) {
        0 => (random.pick(&PLAIN), false),
        1 => (random.pick(&RETAINED), true),
        _ => (random.pick(&SHARED), false),
    }
}

pub(crate) fn any_filter(random: &mut Random) -> &'static str {
    random.pick(&FILTERS)
}

/// The number of a topic for an alias, from 1.
pub(crate) fn alias_of(topic: &str) -> Option<u16> {
    let place = PLAIN.iter().chain(&RETAINED).position(|known| *known == topic)?;
    u16::try_from(place + 1).ok()
}

/// The group and the filter of a shared subscription.
pub(crate) fn shared(filter: &str) -> Option<(&str, &str)> {
    filter.strip_prefix("$share/")?.split_once('/')
}

/// Whether messages of the topic go to one member of a shared group.
pub(crate) fn is_shared(topic: &str) -> bool {
    SHARED.contains(&topic)
}
