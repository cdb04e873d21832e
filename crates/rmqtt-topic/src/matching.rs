//! The definition of matching, one filter against one topic. The indexes must agree with it.

use crate::levels::split_first;

/// Whether a valid `filter` matches a valid topic name.
///
/// `+` stands for exactly one level, `#` for any number of them, none included: `a/#` matches
/// `a`. [MQTT-4.7.1-1] [MQTT-4.7.1-2] All other levels match the equal level, byte by byte.
/// A filter that begins with a wildcard does not match a topic that begins with `$`; a `$`
/// elsewhere means nothing. [MQTT-4.7.2-1]
#[must_use]
pub fn matches(filter: &str, topic: &str) -> bool {
    let hidden = topic.starts_with('$') && filter.starts_with(['+', '#']);
    !hidden && rest_matches(Some(filter.as_bytes()), Some(topic.as_bytes()))
}

/// [`matches()`] from some level on, where the rule about `$` has no say. `None` stands for no
/// level at all.
pub(crate) fn rest_matches(mut filter: Option<&[u8]>, mut topic: Option<&[u8]>) -> bool {
    while let Some(wanted) = filter {
        let (wanted, wanted_next) = split_first(wanted);
        if wanted == b"#" {
            return true;
        }
        let Some(level) = topic else { return false };
        let (level, next) = split_first(level);
        if wanted != b"+" && wanted != level {
            return false;
        }
        (filter, topic) = (wanted_next, next);
    }
    topic.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_follows_the_examples_of_the_specification() {
        let yes = [
            ("sport/tennis/player1/#", "sport/tennis/player1"),
            ("sport/tennis/player1/#", "sport/tennis/player1/ranking"),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
            ("sport/#", "sport"),
            ("#", "a"),
            ("#", "/"),
            ("sport/tennis/+", "sport/tennis/player1"),
            ("sport/+", "sport/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("+/tennis/#", "x/tennis"),
            ("$SYS/#", "$SYS/monitor/Clients"),
            ("$SYS/#", "$SYS"),
            ("$SYS/monitor/+", "$SYS/monitor/Clients"),
            ("+/$a", "x/$a"),
            ("x/+/#", "x/$a/b"),
        ];
        for (filter, topic) in yes {
            assert!(matches(filter, topic), "{filter} should match {topic}");
        }
        let no = [
            ("sport/tennis/+", "sport/tennis/player1/ranking"),
            ("sport/+", "sport"),
            ("+", "/finance"),
            ("#", "$SYS/monitor/Clients"),
            ("+/monitor/Clients", "$SYS/monitor/Clients"),
            ("+", "$SYS"),
            ("+/#", "$SYS"),
            ("ACCOUNTS", "Accounts"),
            ("a", "a/"),
            ("a/", "a"),
            ("a//b", "a/b"),
            ("a/b", "a/b/c"),
            ("a/b/c", "a/b"),
        ];
        for (filter, topic) in no {
            assert!(!matches(filter, topic), "{filter} should not match {topic}");
        }
    }
}
