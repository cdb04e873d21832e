//! Texts of SUBSCRIBE and PUBLISH that say more than a filter or a topic.

use rmqtt_topic::{
    Features, SubscriptionFilter, SubscriptionKind, level_count, levels, parse_delayed,
};

use super::model;

/// What is read of a text is a part of it, and put together again it is the text.
pub(super) fn check(text: &str) {
    assert_eq!(level_count(text), levels(text).count());
    assert_eq!(levels(text).collect::<Vec<_>>().join("/"), text);
    for (shared, limit) in [(true, true), (true, false), (false, true), (false, false)] {
        let features = Features { shared, limit };
        if let Ok(subscription) = SubscriptionFilter::parse(text, features) {
            check_subscription(text, subscription, features);
        } else {
            let is_plain = model::is_topic_filter(text) && !text.starts_with('$');
            assert!(!is_plain, "{text:?} is a filter without a prefix");
        }
    }
    if let Some(Ok(delayed)) = parse_delayed(text) {
        assert!(model::is_topic_name(delayed.topic), "{text:?}");
        let rest = text.strip_prefix("$delayed/").expect("it is read as delayed");
        let (seconds, topic) = rest.split_once('/').expect("a topic follows");
        assert_eq!((seconds.parse(), topic), (Ok(delayed.delay_s), delayed.topic));
    }
}

fn check_subscription(text: &str, subscription: SubscriptionFilter<'_>, features: Features) {
    let filter = subscription.filter;
    assert!(model::is_topic_filter(filter), "{text:?} leaves {filter:?}");
    let prefix = text.strip_suffix(filter).expect("the filter is the end of the text");
    match subscription.kind {
        SubscriptionKind::Plain => assert_eq!(prefix, ""),
        SubscriptionKind::Shared { group } => {
            assert!(features.shared && !group.is_empty() && !group.contains(['/', '+', '#']));
            assert_eq!(prefix, format!("$share/{group}/"));
        }
        SubscriptionKind::Limited { max } => {
            assert!(features.limit && max > 0);
            let written = prefix.strip_prefix("$limit/").and_then(|rest| rest.strip_suffix('/'));
            match written {
                Some(digits) => assert_eq!(digits.parse(), Ok(max)),
                None => assert_eq!((prefix, max), ("$exclusive/", 1)),
            }
        }
    }
}
