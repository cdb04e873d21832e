use rmqtt_message::RecordBatch;

use crate::{
    Completion, Fetch, Fetched, QueueHead, Saved, SavedState, Store, StoreError, Submission,
};

/// The store of a broker that keeps nothing beyond its own life. It answers every batch in the same
/// call.
///
/// [`MemoryStore::new`] makes one that commits to nothing: all that a record says is in the
/// broker's memory already, so it is dropped, and after a restart everything is lost. An
/// acknowledgement that waits for this store says that the broker has the message, and no more.
///
/// [`MemoryStore::recording`] makes one that keeps what the records amount to, and gives exactly
/// that back. It holds each message once more than the broker does; it is for simulations and
/// tests, in which the value survives a restart.
#[derive(Debug, Default)]
pub struct MemoryStore {
    recorded: Option<SavedState>,
    fetched: Vec<(u16, Fetched)>,
}

impl MemoryStore {
    /// A store that drops what it is given.
    #[must_use]
    pub const fn new() -> Self {
        Self { recorded: None, fetched: Vec::new() }
    }

    /// A store that keeps what it is given for as long as it lives.
    #[must_use]
    pub fn recording() -> Self {
        Self { recorded: Some(SavedState::default()), fetched: Vec::new() }
    }
}

impl Store for MemoryStore {
    fn keeps_records(&self) -> bool {
        self.recorded.is_some()
    }

    fn submit(&mut self, _worker: u16, batch: &mut RecordBatch) -> Submission {
        if let Some(state) = &mut self.recorded {
            batch.iter().for_each(|record| state.apply(&record));
        }
        batch.clear();
        Submission::Done
    }

    fn poll_completions(&mut self, _worker: u16, _on_completion: &mut dyn FnMut(Completion)) {}

    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        let part = self.recorded.as_ref().map(|state| state.fetch(fetch)).unwrap_or_default();
        let (number, session) = (fetch.number, fetch.session);
        self.fetched.push((worker, Fetched { number, session, result: Ok(part) }));
        Ok(())
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        let mine = self.fetched.extract_if(.., |(of, _)| *of == worker);
        mine.for_each(|(_, fetched)| on_fetched(fetched));
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        if let Some(state) = &self.recorded {
            state.visit(head, on_saved);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
