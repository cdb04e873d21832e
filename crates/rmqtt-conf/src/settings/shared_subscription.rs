//! `[shared_subscription]`: who of a group gets a message.

use crate::choice::Choice;
use crate::reader::Section;

/// `[shared_subscription]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedSubscription {
    /// `strategy`. Default round robin.
    pub strategy: Strategy,
}

impl SharedSubscription {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { strategy: section.choice("strategy", Strategy::RoundRobin) }
    }
}

/// How the receiver of a shared subscription's message is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Any member.
    Random,
    /// The members in turn.
    RoundRobin,
    /// The members in turn, with one turn per group.
    RoundRobinPerGroup,
    /// The member that the publisher's messages went to before.
    Sticky,
    /// A member on the publisher's node.
    Local,
    /// By the publisher's client id.
    HashClientId,
    /// By the topic.
    HashTopic,
}

impl Choice for Strategy {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("random", Self::Random),
        ("round_robin", Self::RoundRobin),
        ("round_robin_per_group", Self::RoundRobinPerGroup),
        ("sticky", Self::Sticky),
        ("local", Self::Local),
        ("hash_clientid", Self::HashClientId),
        ("hash_topic", Self::HashTopic),
    ];
}
