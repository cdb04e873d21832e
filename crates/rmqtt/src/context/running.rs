//! What runs once a context is sealed, and how it ends.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmqtt_broker::RetainedLimits;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::{Listening, ServerContext, Stage};
use crate::inbox::Errand;
use crate::node::Node;
use crate::plugin::Sharing;

/// Workers and the tasks that accept for them.
pub(crate) struct Running {
    pub(super) node: Arc<Node>,
    pub(super) listening: Vec<Listening>,
    /// Places in `listening`.
    pub(super) by_id: BTreeMap<u16, usize>,
    pub(super) accepting: Mutex<Vec<JoinHandle<()>>>,
}

impl ServerContext {
    /// Waits until a worker fails, and says why. Pending for ever while all goes well.
    pub async fn failure(&self) -> String {
        let mut ended = self.0.ended.subscribe();
        let failed = ended.wait_for(|ended| ended.failure.is_some()).await;
        match failed.map(|ended| ended.failure.clone()) {
            Ok(Some(failure)) => failure,
            // All workers have ended as they were told to.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Waits until [`ServerContext::shutdown`] has been called and is done.
    pub(crate) async fn has_ended(&self) {
        let mut ended = self.0.ended.subscribe();
        // The sender lives as long as the context.
        let _ = ended.wait_for(|ended| ended.is_over).await;
    }

    /// Ends the broker: takes no more connections, tells the clients and closes their connections,
    /// then ends the plugins. What is not done after `deadline` is cut off. `true` if everything was
    /// done in time. A broker that was never started cannot be started any more; its plugins, which hold
    /// the context until then, end too.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        *self.stage() = Stage::Ended;
        let mut in_time = true;
        if let Some(running) = self.0.running.get() {
            running.stop_accepting().await;
            in_time &= self.drain(running, until).await;
        }
        in_time &= timeout_at(until, self.plugins().end()).await.is_ok();
        self.0.ended.send_modify(|ended| ended.is_over = true);
        in_time
    }

    async fn drain(&self, running: &Running, until: Instant) -> bool {
        // Nothing is ever sent: a worker that is idle drops its end.
        let (sender, mut idle) = mpsc::channel::<Infallible>(1);
        running.tell_workers(|| Errand::BeginShutdown(sender.clone()));
        drop(sender);
        let in_time = timeout_at(until, async {
            tokio::select! {
                _ = idle.recv() => (),
                // Somebody else has ended the broker already.
                () = self.all_workers_ended(running) => (),
            }
        });
        let in_time = in_time.await.is_ok();
        running.tell_workers(|| Errand::Stop);
        self.all_workers_ended(running).await;
        in_time
    }

    async fn all_workers_ended(&self, running: &Running) {
        let workers = running.node.inboxes.len();
        let mut ended = self.0.ended.subscribe();
        // The sender lives as long as the context.
        let _ = ended.wait_for(|ended| ended.count >= workers).await;
    }
}

impl Running {
    pub(super) fn set_retained_limits(&self, limits: RetainedLimits) {
        self.node.change_directory(|directory| directory.set_retained_limits(limits));
    }

    pub(super) fn set_sharing(&self, sharing: Sharing) {
        self.tell_workers(|| Errand::Share(sharing));
    }

    pub(super) fn tell_workers(&self, errand: impl Fn() -> Errand) {
        for inbox in &self.node.inboxes {
            inbox.put(|mail| mail.errands.push(errand()));
        }
    }

    async fn stop_accepting(&self) {
        let accepting = {
            let mut accepting = self.accepting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *accepting)
        };
        for task in accepting {
            task.abort();
            // The socket is closed once the task is gone.
            let _ = task.await;
        }
    }
}
