use std::collections::VecDeque;

/// Where output stands that may leave only when what was written down with it is committed: a QoS 2
/// message that a client has, and the store has as one not sent yet, would be sent twice after a crash.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Places in the output, from which on it waits for one batch of records more each.
    marks: VecDeque<usize>,
    /// The batch of the last mark is not submitted yet.
    is_open: bool,
}

impl Held {
    /// Output from `place` on waits for the records of this turn. `false`: it waits for them already.
    pub(super) fn hold(&mut self, place: usize) -> bool {
        if self.is_open {
            return false;
        }
        self.marks.push_back(place);
        self.is_open = true;
        true
    }

    /// The records of this turn are on their way.
    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// The oldest batch is committed.
    pub(super) fn release(&mut self) {
        self.marks.pop_front();
        self.is_open &= !self.marks.is_empty();
    }

    /// Up to where output may leave.
    pub(super) fn end(&self) -> Option<usize> {
        self.marks.front().copied()
    }

    /// The first bytes of the output are gone.
    pub(super) fn move_up(&mut self, bytes: usize) {
        for mark in &mut self.marks {
            *mark -= bytes;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_leaves_up_to_the_oldest_batch_that_is_not_committed() {
        let mut held = Held::default();
        assert_eq!(held.end(), None);
        assert!(held.hold(10));
        assert!(!held.hold(20), "the same batch");
        held.close();
        assert!(held.hold(30));
        assert_eq!(held.end(), Some(10));
        held.move_up(8);
        held.release();
        assert_eq!(held.end(), Some(22));
        assert!(!held.hold(40));
        held.close();
        held.release();
        assert!(held.is_empty());
        assert!(held.hold(1), "the next batch is another one");
    }
}
