//! The one timer that a worker waits on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep};

use crate::clock::Clock;

/// Wakes at the earliest moment it was set to. Setting it to a later one costs nothing: it wakes once
/// too early instead.
pub(crate) struct WakeTimer {
    clock: Clock,
    sleep: Pin<Box<Sleep>>,
    armed_mono_ms: Option<u64>,
}

impl WakeTimer {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            sleep: Box::pin(tokio::time::sleep_until(Instant::now())),
            armed_mono_ms: None,
        }
    }

    /// Wakes at `mono_ms` at the latest.
    pub(crate) fn set(&mut self, mono_ms: Option<u64>) {
        let Some(at) = mono_ms else { return };
        if self.armed_mono_ms.is_some_and(|armed| armed <= at) {
            return;
        }
        // A moment that tokio cannot hold is further away than any process runs.
        let Some(instant) = self.clock.instant(at) else {
            return;
        };
        self.sleep.as_mut().reset(instant);
        self.armed_mono_ms = Some(at);
    }

    /// Ready when the moment has come.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.armed_mono_ms.is_none() || self.sleep.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.armed_mono_ms = None;
        Poll::Ready(())
    }
}
