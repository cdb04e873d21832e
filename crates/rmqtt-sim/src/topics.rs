//! What is published and subscribed. Each tree of topics has one purpose, so that the invariants know
//! from a topic what may happen to its messages.

use crate::random::Random;

/// Messages that are not retained.
const PLAIN: [&str; 4] = ["plain/0", "plain/1", "plain/deep/2", "plain/deep/3"];
/// Messages that may be retained.
pub(crate) const RETAINED: [&str; 3] = ["kept/0", "kept/1", "kept/2"];
/// Messages that only the shared group of the same number is subscribed to.
const SHARED: [&str; 3] = ["shared1/0", "shared1/1", "shared2/0"];
/// Messages for a limited number of subscribers.
const LIMITED: [&str; 2] = ["limited/0", "limited/1"];
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
/// Filters that take a limited number of subscribers.
const LIMITED_FILTERS: [&str; 2] = ["$limit/2/limited/0", "$exclusive/limited/1"];

/// What a client that breaks rules subscribes to, to take more than it can.
pub(crate) const HOSTILE_FILTERS: [&str; 4] = ["#", "plain/#", "hostile/#", "kept/+"];

/// A topic to publish to, and whether RETAIN may be set there.
pub(crate) fn any_topic(random: &mut Random) -> (&'static str, bool) {
    match random.weighted(&[50, 30, 10, 20]) {
        0 => (random.pick(&PLAIN), false),
        1 => (random.pick(&RETAINED), true),
        2 => (random.pick(&LIMITED), false),
        _ => (random.pick(&SHARED), false),
    }
}

pub(crate) fn any_filter(takes_limits: bool, random: &mut Random) -> &'static str {
    if takes_limits && random.chance(15) {
        return random.pick(&LIMITED_FILTERS);
    }
    random.pick(&FILTERS)
}

/// The topic to which a message is published that has to wait.
pub(crate) fn delayed(topic: &str, delay_s: u32) -> String {
    format!("$delayed/{delay_s}/{topic}")
}

/// How many sessions may be subscribed to a filter.
pub(crate) fn limit(filter: &str) -> Option<usize> {
    match filter.strip_prefix("$limit/") {
        Some(limited) => limited.split_once('/')?.0.parse().ok(),
        None => filter.starts_with("$exclusive/").then_some(1),
    }
}

/// A filter without what stands before it.
pub(crate) fn bare(filter: &str) -> &str {
    let limited = || filter.strip_prefix("$limit/")?.split_once('/').map(|(_, filter)| filter);
    let shared = shared(filter).map(|(_, filter)| filter);
    shared.or_else(limited).or_else(|| filter.strip_prefix("$exclusive/")).unwrap_or(filter)
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
