//! Gives accepted connections to workers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rmqtt_net::{AcceptFailure, Accepted, Acceptor};
use rmqtt_session::ListenerPolicy;

use crate::inbox::Errand;
use crate::link::{Incoming, Link};
use crate::log_limit::LogLimit;
use crate::node::Node;

/// The acceptor of one listener. Connections go to the workers in turn.
pub(crate) struct WorkerAcceptor {
    node: Arc<Node>,
    policy: Arc<ListenerPolicy>,
    /// Counts the connections of all listeners.
    next: Arc<AtomicUsize>,
    turned_away: LogLimit,
    failed: LogLimit,
}

impl WorkerAcceptor {
    pub(crate) fn new(
        node: Arc<Node>,
        policy: Arc<ListenerPolicy>,
        next: Arc<AtomicUsize>,
    ) -> Self {
        let (turned_away, failed) = (LogLimit::default(), LogLimit::default());
        Self { node, policy, next, turned_away, failed }
    }
}

impl Acceptor for WorkerAcceptor {
    fn accepted(&mut self, accepted: Accepted) {
        let Accepted { stream, peer, slot } = accepted;
        let policy = Arc::clone(&self.policy);
        let incoming = Incoming { link: Link { stream, slot }, peer, policy };
        let inboxes = &self.node.inboxes;
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        inboxes[turn % inboxes.len()].put(|mail| mail.connections.push(incoming));
    }

    fn turned_away(&mut self, peer: SocketAddr) {
        if let Some(more) = self.turned_away.permit(Instant::now()) {
            tracing::warn!(
                "listener {}: {peer} was turned away, max_connections is reached ({more} more before)",
                self.policy.name
            );
        }
    }

    fn failed(&mut self, failure: AcceptFailure, error: &io::Error) {
        if failure == AcceptFailure::Exhausted {
            for inbox in &self.node.inboxes {
                inbox.put(|mail| mail.errands.push(Errand::ShedLink));
            }
        }
        if let Some(more) = self.failed.permit(Instant::now()) {
            tracing::warn!(
                "listener {}: a connection could not be accepted: {error} ({more} more before)",
                self.policy.name
            );
        }
    }
}
