use std::collections::VecDeque;

use crate::address::LinkToken;

/// When links have to have their session. Links of one time-out are due in the order in which they came,
/// so each listener's time-out has a queue, and a link that has its session costs nothing any more
/// once it comes to the front.
#[derive(Debug, Default)]
pub(super) struct HandshakeDeadlines {
    queues: Vec<Queue>,
}

#[derive(Debug)]
struct Queue {
    timeout_ms: u64,
    /// With the deadline, monotonic milliseconds.
    links: VecDeque<(u64, LinkToken)>,
}

impl HandshakeDeadlines {
    pub(super) fn enter(&mut self, link: LinkToken, timeout_ms: u64, now_mono_ms: u64) {
        let entry = (now_mono_ms.saturating_add(timeout_ms), link);
        match self.queues.iter_mut().find(|queue| queue.timeout_ms == timeout_ms) {
            Some(queue) => queue.links.push_back(entry),
            None => self.queues.push(Queue { timeout_ms, links: VecDeque::from([entry]) }),
        }
    }

    /// Forgets links at the front that have their session, or are gone.
    pub(super) fn tidy(&mut self, is_connecting: impl Fn(LinkToken) -> bool) {
        for queue in &mut self.queues {
            while queue.links.front().is_some_and(|(_, link)| !is_connecting(*link)) {
                queue.links.pop_front();
                if queue.links.is_empty() {
                    queue.links.shrink_to(KEPT_LINKS);
                }
            }
        }
    }

    /// A link whose deadline has passed.
    pub(super) fn pop_due(&mut self, now_mono_ms: u64) -> Option<LinkToken> {
        let is_due = |queue: &&mut Queue| {
            queue.links.front().is_some_and(|(deadline, _)| *deadline <= now_mono_ms)
        };
        let queue = self.queues.iter_mut().find(is_due)?;
        queue.links.pop_front().map(|(_, link)| link)
    }

    pub(super) fn next(&self) -> Option<u64> {
        let fronts = self.queues.iter().filter_map(|queue| queue.links.front());
        fronts.map(|(deadline, _)| *deadline).min()
    }
}

const KEPT_LINKS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::LinkId;

    fn link(number: u32) -> LinkToken {
        LinkToken { worker: 0, link: LinkId(number), epoch: 0 }
    }

    #[test]
    fn links_of_different_time_outs_are_due_each_at_its_time() {
        let mut deadlines = HandshakeDeadlines::default();
        deadlines.enter(link(1), 15_000, 0);
        deadlines.enter(link(2), 1_000, 100);
        deadlines.enter(link(3), 15_000, 200);
        assert_eq!(deadlines.next(), Some(1_100));
        assert_eq!(deadlines.pop_due(1_099), None);
        let due = [deadlines.pop_due(15_000), deadlines.pop_due(15_000)];
        assert_eq!(due, [Some(link(1)), Some(link(2))]);
        assert_eq!(deadlines.pop_due(15_000), None);
        deadlines.tidy(|_| false);
        assert_eq!(deadlines.next(), None);
    }
}
