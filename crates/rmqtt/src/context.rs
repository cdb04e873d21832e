//! A running broker.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::inbox::Errand;
use crate::node::Node;
use crate::worker_thread::Ended;
use builder::Builder;
use rmqtt_broker::Counters;

pub(crate) mod builder;

/// A broker that runs, from [`Builder::start`] to [`ServerContext::shutdown`]. Clones are the same
/// broker.
#[derive(Clone, Debug)]
pub struct ServerContext(Arc<Running>);

struct Running {
    node: Arc<Node>,
    listening: Vec<Listening>,
    accepting: Mutex<Vec<JoinHandle<()>>>,
    ended: watch::Receiver<Ended>,
}

/// An address on which a listener takes connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The listener's name.
    pub name: String,
    /// The address, with the port that the system chose where none was given.
    pub addr: SocketAddr,
}

impl ServerContext {
    /// A broker to be.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where connections are taken.
    #[must_use]
    pub fn listening(&self) -> &[Listening] {
        &self.0.listening
    }

    /// What all workers together have counted so far.
    pub async fn counters(&self) -> Counters {
        let mut sum = Counters::default();
        for counters in self.counters_by_worker().await {
            sum.add(&counters);
        }
        sum
    }

    /// What each worker has counted so far; nothing for one that has ended.
    pub async fn counters_by_worker(&self) -> Vec<Counters> {
        let mut all = Vec::with_capacity(self.0.node.inboxes.len());
        for inbox in &self.0.node.inboxes {
            let (sender, counted) = oneshot::channel();
            inbox.put(|mail| mail.errands.push(Errand::Count(sender)));
            all.push(counted.await.unwrap_or_default());
        }
        all
    }

    /// Waits until a worker fails, and says why. Pending for ever while all goes well.
    pub async fn failure(&self) -> String {
        let mut ended = self.0.ended.clone();
        let failed = ended.wait_for(|ended| ended.failure.is_some()).await;
        match failed.map(|ended| ended.failure.clone()) {
            Ok(Some(failure)) => failure,
            // All workers have ended as they were told to.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Ends the broker: takes no more connections, tells the clients, and closes their connections.
    /// What is not done after `deadline` is cut off. `true` if everything was done in time.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        self.stop_accepting().await;
        // Nothing is ever sent: a worker that is idle drops its end.
        let (sender, mut idle) = mpsc::channel::<Infallible>(1);
        for inbox in &self.0.node.inboxes {
            inbox.put(|mail| mail.errands.push(Errand::BeginShutdown(sender.clone())));
        }
        drop(sender);
        let in_time = tokio::time::timeout(deadline, async {
            tokio::select! {
                _ = idle.recv() => (),
                // Somebody else has ended the broker already.
                () = self.all_ended() => (),
            }
        });
        let in_time = in_time.await.is_ok();
        for inbox in &self.0.node.inboxes {
            inbox.put(|mail| mail.errands.push(Errand::Stop));
        }
        self.all_ended().await;
        for inbox in &self.0.node.inboxes {
            inbox.clear();
        }
        in_time
    }

    async fn all_ended(&self) {
        let workers = self.0.node.inboxes.len();
        let mut ended = self.0.ended.clone();
        // An error means that the last worker has dropped its end.
        let _ = ended.wait_for(|ended| ended.count == workers).await;
    }

    async fn stop_accepting(&self) {
        let accepting = {
            let mut accepting = self.0.accepting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *accepting)
        };
        for task in accepting {
            task.abort();
            // The socket is closed once the task is gone.
            let _ = task.await;
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("listening", &self.listening)
            .field("workers", &self.node.inboxes.len())
            .finish_non_exhaustive()
    }
}
