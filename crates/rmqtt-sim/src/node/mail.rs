use std::collections::VecDeque;

use rmqtt_broker::{Batch, Handoff};

use crate::network::WireNumber;

/// What one worker has sent another and the other has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    batches: VecDeque<(u64, Batch)>,
    links: VecDeque<MovingLink>,
    /// Nothing arrives before this event.
    pub(super) held_until: u64,
}

/// A link on its way to another worker.
#[derive(Debug)]
pub(super) struct MovingLink {
    pub(super) wire: WireNumber,
    pub(super) handoff: Box<Handoff>,
    /// The latest reply that the sender had taken: the receiver takes its own replies up to there
    /// before the link.
    pub(super) after_reply: u64,
    pub(super) stamp: u64,
}

impl Mailbox {
    pub(super) fn len(&self) -> usize {
        self.batches.len() + self.links.len()
    }

    pub(super) fn push_batch(&mut self, stamp: u64, batch: Batch) {
        self.batches.push_back((stamp, batch));
    }

    pub(super) fn push_link(&mut self, link: MovingLink) {
        self.links.push_back(link);
    }

    pub(super) fn front_batch(&self) -> Option<u64> {
        self.batches.front().map(|(stamp, _)| *stamp)
    }

    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    pub(super) fn pop_batch(&mut self) -> Option<(u64, Batch)> {
        self.batches.pop_front()
    }

    /// The next link, if the receiver has taken what came before it: batches of the same sender, and
    /// replies. `pending_reply`: the oldest reply that it has not taken.
    pub(super) fn pop_link(&mut self, pending_reply: Option<u64>) -> Option<MovingLink> {
        let next = self.links.front()?;
        let after_batches = self.front_batch().is_none_or(|batch| batch > next.stamp);
        let after_replies = pending_reply.is_none_or(|pending| pending > next.after_reply);
        if after_batches && after_replies { self.links.pop_front() } else { None }
    }

    /// Whether a link waits that was sent before `stamp`.
    pub(super) fn has_link_before(&self, stamp: u64) -> bool {
        self.links.front().is_some_and(|link| link.stamp < stamp)
    }
}
