use std::sync::Arc;

use rmqtt_message::{Message, Now};

use super::Directory;
use crate::delayed::DelayedRefused;
use crate::restoration::RestoredSubscription;
use crate::route_table::GroupId;
use crate::session_card::{SessionCard, SessionRef};
use crate::subscribers::Subscriber;

impl Directory {
    /// Makes a session of an earlier life known, with its subscriptions; no limit holds for what was
    /// granted then. `None`: its client has a session already.
    pub(crate) fn restore(
        &mut self,
        card: Arc<SessionCard>,
        subscriptions: &[RestoredSubscription],
    ) -> Option<SessionRef> {
        if self.find(&card.client_id).is_some() {
            return None;
        }
        let session = self.insert(card);
        let routes = Arc::clone(&self.routes);
        let mut table = routes.write();
        let entry = self.sessions[session.0 as usize].as_mut().expect("just inserted");
        for RestoredSubscription { filter, share, options, subscription_id } in subscriptions {
            let subscriber = Subscriber::new(session, *subscription_id, *options);
            let inserted = table.insert(filter, share.as_deref(), subscriber);
            entry.hold((inserted.filter, inserted.group));
            if !inserted.replaced && inserted.group != GroupId::NONE {
                self.subscriptions_shared += 1;
            }
        }
        Some(session)
    }

    /// Takes a message that was retained in an earlier life; `false`: it has expired, or finds no
    /// room.
    pub fn restore_retained(&mut self, message: &Message, now: Now) -> bool {
        !message.view().is_expired(now) && self.retained.set(message.clone(), now).is_kept()
    }

    /// Takes a message that waited in an earlier life until `due_wall_ms`, Unix milliseconds.
    ///
    /// # Errors
    /// [`DelayedRefused`] if there is no room for it.
    pub fn restore_delayed(
        &mut self,
        message: Message,
        due_wall_ms: u64,
        now: Now,
    ) -> Result<(), DelayedRefused> {
        self.delayed.restore(message, due_wall_ms, now)
    }
}
