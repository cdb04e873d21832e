//! What is counted, for whoever asks.

use std::sync::atomic::Ordering;

use rmqtt_broker::Counters;
use tokio::sync::oneshot;

use super::ServerContext;
use crate::inbox::Errand;
use crate::stats::{Stats, SystemStats};

impl ServerContext {
    /// What all workers together have counted so far; nothing before the broker was started.
    pub async fn counters(&self) -> Counters {
        let mut sum = Counters::default();
        for counters in self.counters_by_worker().await {
            sum.add(&counters);
        }
        sum
    }

    /// What each worker has counted so far; nothing for one that has ended.
    pub async fn counters_by_worker(&self) -> Vec<Counters> {
        let Some(running) = self.0.running.get() else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(running.node.inboxes.len());
        for inbox in &running.node.inboxes {
            let (sender, counted) = oneshot::channel();
            inbox.put(|mail| mail.errands.push(Errand::Count(sender)));
            all.push(counted.await.unwrap_or_default());
        }
        all
    }

    /// The counters that operators know, as they know them: see [`Counters::for_each`]. They are all
    /// zero unless somebody shows them: see [`ServerContext::show_metrics`].
    pub async fn metrics(&self) -> Counters {
        if self.0.counts_are_shown.load(Ordering::Relaxed) {
            self.counters().await
        } else {
            Counters::default()
        }
    }

    /// What the node has at present; nothing before the broker was started.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.running.get().map_or_else(Stats::default, |running| {
            let node = &running.node;
            node.stats.read(node.clock.now())
        })
    }

    /// What works inside the node at present.
    #[must_use]
    pub fn system_stats(&self) -> SystemStats {
        // There is one node: no call comes from another, or goes to one.
        SystemStats::default()
    }

    /// Shows or hides what is counted in [`ServerContext::metrics`]. The workers count in any case.
    pub fn show_metrics(&self, show: bool) {
        self.0.counts_are_shown.store(show, Ordering::Relaxed);
    }
}
