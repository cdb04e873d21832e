//! How much may wait for deciders.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmqtt_session::{AuthenticationQuestion, SubscribeRequest, UnsubscribeRequest};

/// The questions of all workers that wait for an answer, as the memory that they hold. A client that
/// leaves does not end the question that it has caused, so the bound is not that of connections.
#[derive(Debug)]
pub(super) struct Questions {
    bytes: AtomicUsize,
    bytes_max: AtomicUsize,
}

/// A place among them, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    questions: Arc<Questions>,
    bytes: usize,
}

/// What a question holds beside the packet that it is about: tasks, and what a handler needs.
const QUESTION_BYTES: usize = 4 << 10;

impl Questions {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes: AtomicUsize::new(0), bytes_max: AtomicUsize::new(bytes_max) }
    }

    pub(super) fn set_bytes_max(&self, bytes_max: usize) {
        self.bytes_max.store(bytes_max, Ordering::Relaxed);
    }

    pub(super) fn bytes_max(&self) -> usize {
        self.bytes_max.load(Ordering::Relaxed)
    }

    /// A place for a question about a packet of so many bytes; none if there is no room. Where nothing
    /// waits there is room for any.
    pub(super) fn try_enter(self: &Arc<Self>, packet_bytes: usize) -> Option<Place> {
        let bytes = packet_bytes.saturating_add(QUESTION_BYTES);
        let (relaxed, max) = (Ordering::Relaxed, self.bytes_max());
        let entered = self.bytes.fetch_update(relaxed, relaxed, |held| {
            held.checked_add(bytes).filter(|sum| held == 0 || *sum <= max)
        });
        entered.is_ok().then(|| Place { questions: Arc::clone(self), bytes })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.questions.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What the question about a client holds of its CONNECT and AUTH.
pub(super) fn connect_bytes(question: &AuthenticationQuestion) -> usize {
    let connect = &question.connect;
    let will = connect
        .will
        .as_ref()
        .map_or(0, |will| will.topic.len() + will.properties.len() + will.payload.len());
    connect.username.as_ref().map_or(0, |name| name.len())
        + connect.password.as_ref().map_or(0, |password| password.len())
        + connect.user_properties.as_bytes().len()
        + question.exchange.data.as_ref().map_or(0, |data| data.len())
        + will
}

/// What the question about a SUBSCRIBE holds of it.
pub(super) fn subscribe_bytes(request: &SubscribeRequest) -> usize {
    let filters = request.wanted.iter().flatten().map(|wanted| wanted.filter.len());
    size_of_val(&*request.wanted) + filters.sum::<usize>()
}

/// What the question about an UNSUBSCRIBE holds of it.
pub(super) fn unsubscribe_bytes(request: &UnsubscribeRequest) -> usize {
    let filters = request.filters.iter().flatten().map(|unwanted| unwanted.filter.len());
    size_of_val(&*request.filters) + filters.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_up_to_the_bound_and_for_one_in_any_case() {
        let questions = Arc::new(Questions::new(3 * QUESTION_BYTES));
        let large = questions.try_enter(usize::MAX).expect("the first");
        assert!(questions.try_enter(0).is_none());
        drop(large);
        let places = [0, 0, 0].map(|bytes| questions.try_enter(bytes).expect("within the bound"));
        assert!(questions.try_enter(0).is_none());
        drop(places);
        let first = questions.try_enter(QUESTION_BYTES).expect("within the bound");
        assert!(questions.try_enter(1).is_none(), "what the packet holds counts too");
        questions.set_bytes_max(usize::MAX);
        questions.try_enter(1).expect("there is more room now");
        drop(first);
    }
}
