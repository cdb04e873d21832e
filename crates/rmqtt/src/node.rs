//! What all workers of a node share.

use std::sync::Arc;

use rmqtt_broker::Reply;
use tokio::runtime::Handle;

use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::directory_port::DirectoryPort;
use crate::inbox::Inbox;

/// The ports through which a worker reaches everything outside itself.
pub(crate) struct Node {
    pub(crate) clock: Clock,
    /// By worker index.
    pub(crate) inboxes: Vec<Inbox>,
    pub(crate) directory: DirectoryPort,
    pub(crate) authenticator: Option<Arc<dyn Authenticator>>,
    /// Where slow work runs.
    pub(crate) side_runtime: Handle,
}

impl Node {
    pub(crate) fn inbox(&self, worker: u16) -> &Inbox {
        &self.inboxes[usize::from(worker)]
    }

    /// Puts a reply of the directory into the inbox of its worker. `from` looks there itself.
    pub(crate) fn send_reply(&self, from: u16, to: u16, reply: Reply) {
        if from == to {
            self.inbox(to).put_without_wake(|mail| mail.replies.push(reply));
        } else {
            self.inbox(to).put(|mail| mail.replies.push(reply));
        }
    }
}
