//! The rules of chapter 4.7, as they are written there.

use std::str::Split;

const BYTES_MAX: usize = 65_535;

/// May messages be published to it?
pub(super) fn is_topic_name(text: &str) -> bool {
    is_text(text) && !text.contains(['+', '#'])
}

/// May it be subscribed to?
pub(super) fn is_topic_filter(text: &str) -> bool {
    let levels: Vec<&str> = text.split('/').collect();
    let is_level = |(at, level): (usize, &&str)| match *level {
        "+" => true,
        "#" => at + 1 == levels.len(),
        level => !level.contains(['+', '#']),
    };
    is_text(text) && levels.iter().enumerate().all(is_level)
}

/// Does a subscriber of `filter` get what is published to `topic`?
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    let begins_with_wildcard = filter.starts_with('+') || filter.starts_with('#');
    if topic.starts_with('$') && begins_with_wildcard {
        return false;
    }
    levels_match(filter.split('/'), topic.split('/'))
}

fn levels_match(mut filter: Split<'_, char>, mut topic: Split<'_, char>) -> bool {
    loop {
        match (filter.next(), topic.next()) {
            // The parent level is included, so nothing has to be left of the topic.
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(wanted), Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
}

fn is_text(text: &str) -> bool {
    (1..=BYTES_MAX).contains(&text.len()) && !text.contains('\0')
}
