//! How a store that commits later makes its worker look.

use std::sync::Arc;

use crate::node::Node;

/// Wakes the worker that a store was opened for: it then asks for what was completed.
#[derive(Clone)]
pub struct StoreWake {
    node: Arc<Node>,
    worker: u16,
}

impl StoreWake {
    pub(crate) fn new(node: Arc<Node>, worker: u16) -> Self {
        Self { node, worker }
    }

    /// The number of the worker.
    #[must_use]
    pub fn worker(&self) -> u16 {
        self.worker
    }

    /// Something was completed. May be called from any thread, and never waits for the worker.
    pub fn wake(&self) {
        self.node.inbox(self.worker).wake();
    }
}

impl std::fmt::Debug for StoreWake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreWake").field("worker", &self.worker).finish_non_exhaustive()
    }
}
