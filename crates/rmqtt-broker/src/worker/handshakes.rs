use std::sync::Arc;

use rmqtt_session::ListenerPolicy;

/// How many clients of each listener have sent a CONNECT that is being worked on. One whose link has
/// gone counts until whoever was asked about it has answered.
#[derive(Debug, Default)]
pub(super) struct Handshakes {
    /// Listeners that have any.
    of: Vec<(Arc<ListenerPolicy>, usize)>,
}

impl Handshakes {
    pub(super) fn begin(&mut self, listener: &Arc<ListenerPolicy>) {
        match self.of.iter_mut().find(|(other, _)| Arc::ptr_eq(other, listener)) {
            Some((_, number)) => *number += 1,
            None => self.of.push((Arc::clone(listener), 1)),
        }
    }

    pub(super) fn end(&mut self, listener: &Arc<ListenerPolicy>) {
        let place = self.of.iter().position(|(other, _)| Arc::ptr_eq(other, listener));
        debug_assert!(place.is_some(), "what ends has begun");
        let Some(place) = place else { return };
        self.of[place].1 -= 1;
        if self.of[place].1 == 0 {
            self.of.swap_remove(place);
        }
    }

    /// Whether the listener has as many as it may.
    pub(super) fn are_full(&self, listener: &Arc<ListenerPolicy>) -> bool {
        let known = self.of.iter().find(|(other, _)| Arc::ptr_eq(other, listener));
        known.map_or(0, |(_, number)| *number) >= listener.handshakes_max
    }

    pub(super) fn total(&self) -> usize {
        self.of.iter().map(|(_, number)| number).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_listener_has_its_own_number() {
        let listener = |handshakes_max| {
            Arc::new(ListenerPolicy { handshakes_max, ..ListenerPolicy::default() })
        };
        let (wide, narrow) = (listener(5), listener(1));
        let mut handshakes = Handshakes::default();
        for _ in 0..3 {
            handshakes.begin(&wide);
        }
        assert!(!handshakes.are_full(&wide) && !handshakes.are_full(&narrow));
        handshakes.begin(&narrow);
        assert!(!handshakes.are_full(&wide) && handshakes.are_full(&narrow));
        assert_eq!(handshakes.total(), 4);
        handshakes.end(&narrow);
        assert!(!handshakes.are_full(&narrow));
        for _ in 0..3 {
            handshakes.end(&wide);
        }
        assert!(handshakes.of.is_empty(), "a listener without any takes no room");
    }
}
