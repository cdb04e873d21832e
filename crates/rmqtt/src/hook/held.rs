//! Letting a handler go.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Handler;

/// A share of a handler. Whoever has the last one, a worker perhaps, survives what the handler does
/// at its end.
#[derive(Clone)]
pub(super) struct Held(Option<Arc<dyn Handler>>);

impl Held {
    pub(super) fn new(handler: Arc<dyn Handler>) -> Self {
        Self(Some(handler))
    }

    pub(super) fn get(&self) -> &dyn Handler {
        self.0.as_deref().expect("a handler is there until it is let go")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let handler = self.0.take();
        if catch_unwind(AssertUnwindSafe(|| drop(handler))).is_err() {
            tracing::error!("a handler of hooks has panicked when it was dropped");
        }
    }
}
