mod session;

use std::collections::BTreeMap;

use rmqtt_message::{Message, MessageId, Record, SessionId};

use crate::{QueueHead, QueueRest, Saved, Store, StoreError};

pub use session::{SavedInflight, SavedMessage, SavedSession, SavedSubscription, SavedWill};

/// What a sequence of records amounts to: the definition of what each record means.
///
/// The stores in memory keep one, and every other store has to give back an equal one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedState {
    /// The open sessions.
    pub sessions: BTreeMap<SessionId, SavedSession>,
    /// The retained messages by topic.
    pub retained: BTreeMap<Box<str>, Message>,
    /// The messages that wait for their time.
    pub delayed: BTreeMap<MessageId, SavedDelayed>,
}

/// A message that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedDelayed {
    /// The message.
    pub message: Message,
    /// When it is due, Unix milliseconds.
    pub due_wall_ms: u64,
}

impl SavedState {
    /// What a store gives back.
    ///
    /// # Errors
    ///
    /// Those of [`Store::load`].
    pub fn load(store: &mut impl Store) -> Result<Self, StoreError> {
        let mut state = Self::default();
        store.load(QueueHead::ALL, &mut |saved| state.insert(saved))?;
        Ok(state)
    }

    /// Takes in one thing that a store gives back.
    pub(crate) fn insert(&mut self, saved: Saved<'_>) {
        match saved {
            Saved::Session { session, .. } => {
                self.sessions.insert(session.session, session.clone());
            }
            Saved::Retained(message) => {
                self.retained.insert(message.view().topic.into(), message.clone());
            }
            Saved::Delayed(delayed) => {
                self.delayed.insert(delayed.message.id(), delayed.clone());
            }
        }
    }

    /// Applies the next record.
    pub fn apply(&mut self, record: &Record<'_>) {
        match *record {
            Record::SessionOpened { session, client_id, epoch, expiry_interval_s, wall_ms } => {
                let saved = self
                    .sessions
                    .entry(session)
                    .or_insert_with(|| SavedSession::new(session, client_id, wall_ms));
                saved.client_id = client_id.into();
                saved.epoch = epoch;
                saved.expiry_interval_s = expiry_interval_s;
                saved.detached_wall_ms = None;
            }
            Record::SessionDetached { session, expiry_interval_s, wall_ms } => {
                self.change(session, |session| {
                    session.expiry_interval_s = expiry_interval_s;
                    session.detached_wall_ms = Some(wall_ms);
                });
            }
            Record::SessionEnded { session } => {
                self.sessions.remove(&session);
            }
            Record::Enqueued { message, receivers } => {
                // Made when the first receiver is open, then shared.
                let mut owned = None;
                for receiver in receivers.iter() {
                    self.change(receiver.session, |session| {
                        let owned =
                            owned.get_or_insert_with(|| message.to_message(&mut Vec::new()));
                        session.queue.push_back(SavedMessage::new(owned.clone(), &receiver));
                    });
                }
            }
            Record::Retained { message } => {
                self.retained.insert(message.topic.into(), message.to_message(&mut Vec::new()));
            }
            Record::RetainedRemoved { topic } => {
                self.retained.remove(topic);
            }
            Record::Delayed { message, due_wall_ms } => {
                let id = message.id;
                let message = message.to_message(&mut Vec::new());
                self.delayed.insert(id, SavedDelayed { message, due_wall_ms });
            }
            Record::DelayedDone { message } => {
                self.delayed.remove(&message);
            }
            Record::Subscribed { session, .. }
            | Record::Unsubscribed { session, .. }
            | Record::Sent { session, .. }
            | Record::ReleaseOwed { session, .. }
            | Record::Acknowledged { session, .. }
            | Record::Dequeued { session, .. }
            | Record::Received { session, .. }
            | Record::Released { session, .. }
            | Record::WillSet { session, .. }
            | Record::WillCleared { session } => {
                self.change(session, |session| session.apply(record));
            }
        }
    }

    /// Gives everything to `on_saved` in the order that [`Store::load`] promises, of each queue the
    /// head.
    pub fn visit(&self, head: QueueHead, on_saved: &mut dyn FnMut(Saved<'_>)) {
        for session in self.sessions.values() {
            if head == QueueHead::ALL {
                on_saved(Saved::Session { session, rest: QueueRest::default() });
            } else {
                let mut session = session.clone();
                let rest = session.cut_queue(head);
                on_saved(Saved::Session { session: &session, rest });
            }
        }
        self.retained.values().for_each(|message| on_saved(Saved::Retained(message)));
        self.delayed.values().for_each(|delayed| on_saved(Saved::Delayed(delayed)));
    }

    fn change(&mut self, session: SessionId, change: impl FnOnce(&mut SavedSession)) {
        if let Some(session) = self.sessions.get_mut(&session) {
            change(session);
        }
    }
}

#[cfg(test)]
mod tests;
