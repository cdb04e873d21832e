//! What all workers of a node share.

use std::sync::Arc;

use rmqtt_broker::{Directory, Reply};
use tokio::runtime::Handle;

use crate::clock::Clock;
use crate::directory_port::DirectoryPort;
use crate::inbox::Inbox;
use crate::overload::Overload;
use crate::stats::Gauged;

/// The ports through which a worker reaches everything outside itself.
pub(crate) struct Node {
    pub(crate) clock: Clock,
    /// By worker index.
    pub(crate) inboxes: Vec<Inbox>,
    pub(crate) directory: DirectoryPort,
    /// Whether the node can take more.
    pub(crate) overload: Arc<Overload>,
    /// What the node has at present.
    pub(crate) stats: Arc<Gauged>,
    /// Where slow work runs.
    pub(crate) side_runtime: Handle,
}

impl Node {
    pub(crate) fn inbox(&self, worker: u16) -> &Inbox {
        &self.inboxes[usize::from(worker)]
    }

    /// Nothing goes to this worker any more.
    pub(crate) fn worker_ended(&self, worker: u16) {
        for waiting in self.inbox(worker).close() {
            self.inbox(waiting).wake();
        }
    }

    /// Puts a reply of the directory into the inbox of its worker. `from` looks there itself.
    pub(crate) fn send_reply(&self, from: u16, to: u16, reply: Reply) {
        if from == to {
            self.inbox(to).put_without_wake(|mail| mail.push_reply(reply));
        } else {
            self.inbox(to).put(|mail| mail.push_reply(reply));
        }
    }

    /// Changes the directory, from a thread that is no worker's.
    pub(crate) fn change_directory(&self, change: impl FnOnce(&mut Directory)) {
        let send = |to, reply| self.inbox(to).put(|mail| mail.push_reply(reply));
        self.directory.change(change, self.clock.now(), send);
    }
}
