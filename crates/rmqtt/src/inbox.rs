//! What waits for a worker: deliveries of other workers, answers, connections.
//!
//! One lock per batch and one wake until the worker has looked. Deliveries are bounded in bytes: a
//! worker whose batch is refused keeps it, stops reading its sockets, and is woken when there is
//! room. It goes on emptying its own inbox meanwhile, so two workers cannot wait for each other.
//!
//! Deliveries and the directory's answers keep the order in which they arrive: a subscription's
//! retained messages are in its answer, and what is published afterwards may come from another worker.
//!
//! The inbox of a worker that has ended is closed: what is put in is dropped, so that nobody waits for
//! an answer that will not come.

use std::convert::Infallible;
use std::sync::PoisonError;

use rmqtt_broker::hook::{QuestionId, Verdict};
use rmqtt_broker::{Batch, Handoff, Reply};
use tokio::sync::{mpsc, oneshot};

use crate::link::{Incoming, Link};
use crate::plugin::Sharing;
use crate::sync::{Mutex, MutexGuard, Notify};
use rmqtt_broker::Counters;

/// Everything that waits, by kind. Within a kind the order is that of arrival.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) letters: Vec<Letter>,
    /// Bytes of the deliveries among the letters.
    delivery_bytes: usize,
    /// Empty batches whose room is used again.
    spare: Vec<Batch>,
    pub(crate) verdicts: Vec<(QuestionId, Verdict)>,
    pub(crate) connections: Vec<Incoming>,
    pub(crate) moved: Vec<MovedLink>,
    pub(crate) errands: Vec<Errand>,
}

/// What has its order among all of its kind.
pub(crate) enum Letter {
    /// Deliveries of other workers.
    Batch(Batch),
    /// An answer of the directory.
    Reply(Reply),
}

/// Batches whose room is kept: that of the letters of a turn, most of which have one.
const SPARE_BATCHES_MAX: usize = 2;

impl Mail {
    /// Puts deliveries behind everything that has come before, and leaves `batch` empty.
    fn append(&mut self, batch: &mut Batch) {
        self.delivery_bytes += batch.bytes();
        if let Some(Letter::Batch(last)) = self.letters.last_mut() {
            last.append(batch);
        } else {
            let mut last = self.spare.pop().unwrap_or_default();
            last.append(batch);
            self.letters.push(Letter::Batch(last));
        }
    }

    /// Puts an answer behind everything that has come before.
    pub(crate) fn push_reply(&mut self, reply: Reply) {
        self.letters.push(Letter::Reply(reply));
    }

    /// Takes an empty batch back.
    pub(crate) fn recycle(&mut self, batch: Batch) {
        if self.spare.len() < SPARE_BATCHES_MAX {
            self.spare.push(batch);
        }
    }
}

/// A link that leaves one worker for another.
pub(crate) struct MovedLink {
    pub(crate) handoff: Box<Handoff>,
    pub(crate) link: Link,
}

/// What the context asks of a worker.
pub(crate) enum Errand {
    /// Say how much was counted.
    Count(oneshot::Sender<Counters>),
    /// Choose receivers of shared subscriptions like this from now on.
    Share(Sharing),
    /// The process has no descriptor left: close the link that has been silent longest.
    ShedLink,
    /// Tell the clients and close; drop the sender once no link is left, and no message to judge.
    BeginShutdown(mpsc::Sender<Infallible>),
    /// End now.
    Stop,
}

/// The inbox of one worker.
pub(crate) struct Inbox {
    content: Mutex<Content>,
    wake: Notify,
    batch_bytes_max: usize,
}

#[derive(Default)]
struct Content {
    mail: Mail,
    /// Nobody looks any more.
    closed: bool,
    /// The worker has been woken and has not looked yet.
    wake_pending: bool,
    /// Workers whose batch did not fit.
    refused: Vec<u16>,
}

impl Inbox {
    /// An empty inbox. It takes another batch while the deliveries in it are not more than
    /// `batch_bytes_max`, so that the largest batch always fits at some time.
    pub(crate) fn new(batch_bytes_max: usize) -> Self {
        Self { content: Mutex::default(), wake: Notify::new(), batch_bytes_max }
    }

    /// Appends another worker's deliveries and leaves `batch` empty. `false`: there is no room;
    /// `batch` is untouched and worker `from` is woken when it should be tried again.
    pub(crate) fn try_append(&self, batch: &mut Batch, from: u16) -> bool {
        let mut content = self.lock();
        if content.closed {
            drop(content);
            *batch = Batch::default();
            return true;
        }
        if content.mail.delivery_bytes > self.batch_bytes_max {
            if !content.refused.contains(&from) {
                content.refused.push(from);
            }
            return false;
        }
        content.mail.append(batch);
        self.wake_once(content);
        true
    }

    /// Puts something in.
    pub(crate) fn put(&self, put: impl FnOnce(&mut Mail)) {
        let mut content = self.lock();
        if content.closed {
            // What `put` holds is dropped with it, after the lock.
            return;
        }
        put(&mut content.mail);
        self.wake_once(content);
    }

    /// Puts something in that the worker itself fetches before it waits.
    pub(crate) fn put_without_wake(&self, put: impl FnOnce(&mut Mail)) {
        let mut content = self.lock();
        if !content.closed {
            put(&mut content.mail);
        }
    }

    /// Makes the worker look again.
    pub(crate) fn wake(&self) {
        self.wake_once(self.lock());
    }

    /// Swaps everything that waits against the empty `mail`, and `refused` against the workers that
    /// may try again.
    pub(crate) fn take(&self, mail: &mut Mail, refused: &mut Vec<u16>) {
        mail.delivery_bytes = 0;
        let mut content = self.lock();
        content.wake_pending = false;
        std::mem::swap(&mut content.mail, mail);
        std::mem::swap(&mut content.refused, refused);
    }

    /// The worker has ended: drops everything that waits for it, sockets among it, and what will come.
    /// Workers whose batch did not fit may try again.
    pub(crate) fn close(&self) -> Vec<u16> {
        let closed = Content { closed: true, ..Content::default() };
        let content = std::mem::replace(&mut *self.lock(), closed);
        content.refused
    }

    /// What the worker waits on.
    pub(crate) fn wake_signal(&self) -> &Notify {
        &self.wake
    }

    fn wake_once(&self, mut content: MutexGuard<'_, Content>) {
        let pending = std::mem::replace(&mut content.wake_pending, true);
        drop(content);
        if !pending {
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // Nothing is half done while the lock is held: a panic elsewhere leaves valid content.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
