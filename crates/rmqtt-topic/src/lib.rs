//! MQTT topics: what is a valid name, what is a valid filter, and who matches whom.
//!
//! Text in, answers and small integers out. The crate reads no clock, opens nothing, starts
//! nothing and knows no client: who stands behind a [`FilterId`] or a [`TopicId`] is the caller's
//! table.
//!
//! # Rules about single texts
//!
//! * [`check_topic_name`], [`check_topic_filter`]: the rules of chapter 4.7.
//! * [`levels`], [`level_count`]: the `/`-separated parts; an empty part is a level.
//! * [`matches()`]: the definition of matching, one filter against one topic.
//! * [`SubscriptionFilter`]: what a client wrote in SUBSCRIBE, taken apart: `$share/…`,
//!   `$limit/…`, `$exclusive/…`.
//! * [`parse_delayed`]: what a client wrote in PUBLISH: `$delayed/…`.
//!
//! # Many texts at once
//!
//! * [`FilterIndex`]: which of a million filters match this topic.
//! * [`TopicIndex`]: which of a million stored topics match this filter.
//!
//! Both are a face of the private `trie`, whose module comment describes the memory layout.

mod delayed;
mod filter;
mod filter_index;
mod levels;
mod matching;
mod name;
mod subscription;
mod topic_index;
mod trie;

pub use delayed::{DelayedTopic, DelayedTopicError, parse_delayed};
pub use filter::{TopicFilterError, check_topic_filter, has_wildcard};
pub use filter_index::{FilterId, FilterIndex};
pub use levels::{level_count, levels};
pub use matching::matches;
pub use name::{TOPIC_BYTES_MAX, TopicNameError, check_topic_name};
pub use subscription::{Features, SubscriptionFilter, SubscriptionFilterError, SubscriptionKind};
pub use topic_index::{TopicId, TopicIndex};
