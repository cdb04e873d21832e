//! Questions to hooks whose answer has not come.

use std::sync::Arc;

use hashbrown::HashMap;
use rmqtt_message::Message;
use rmqtt_session::ListenerPolicy;

use crate::address::{Address, LinkToken};
use crate::hook::{Client, QuestionId};
use crate::request::{Caller, Subject};

/// What waits for hooks, by the number of the question. Every link and every session waits for one
/// answer at most, beside the one that says whether its client may stay.
#[derive(Debug, Default)]
pub(super) struct Judging {
    last: u64,
    waiting: HashMap<QuestionId, Waiting, foldhash::fast::RandomState>,
}

/// What goes on when the answer comes.
#[derive(Debug)]
pub(super) enum Waiting {
    /// A link of this listener that connects.
    Connect(LinkToken, Arc<ListenerPolicy>),
    /// A client that authenticates anew.
    Reauthentication(Address, LinkToken),
    /// A client that was heard.
    KeepAlive(Address, LinkToken),
    /// A SUBSCRIBE with so many filters that may be refused.
    Subscribe(Subject, usize),
    /// An UNSUBSCRIBE.
    Unsubscribe(Subject),
    /// A PUBLISH.
    Publish(Box<WaitingPublish>),
    /// A Will.
    Will(Arc<Client>, Message),
}

/// A PUBLISH that waits.
#[derive(Debug)]
pub(super) struct WaitingPublish {
    /// Who sent it, whoever has the session when the answer comes.
    pub(super) client: Arc<Client>,
    pub(super) caller: Caller,
    pub(super) link: LinkToken,
    pub(super) message: Message,
    pub(super) delay_s: Option<u32>,
}

impl Judging {
    /// The number of the next question.
    pub(super) fn next(&mut self) -> QuestionId {
        self.last += 1;
        QuestionId(self.last)
    }

    pub(super) fn wait(&mut self, number: QuestionId, waiting: Waiting) {
        self.waiting.insert(number, waiting);
    }

    /// Publications and Wills among what waits.
    pub(super) fn messages(&self) -> usize {
        let is_message =
            |waiting: &&Waiting| matches!(waiting, Waiting::Publish(_) | Waiting::Will(..));
        self.waiting.values().filter(is_message).count()
    }

    pub(super) fn take(&mut self, number: QuestionId) -> Option<Waiting> {
        self.waiting.remove(&number)
    }
}
