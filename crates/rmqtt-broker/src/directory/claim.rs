//! Which session a client id has.

use std::sync::Arc;

use rmqtt_codec::ReasonCode;
use rmqtt_message::SessionId;

use super::{Directory, Entry, Replies};
use crate::request::{Claim, Reply};
use crate::route_table::GroupId;
use crate::session_card::{SessionCard, SessionRef};

impl Directory {
    /// A client id has one session at a time `[MQTT-3.1.4-3]`: a claim finds none, continues the one
    /// there is `[MQTT-3.1.2-5]`, or ends it and begins anew `[MQTT-3.1.2-4]`.
    pub(super) fn on_claim(&mut self, claim: Claim, replies: &mut Replies) {
        let Claim { token, card, clean_start } = claim;
        let known = self.find(&card.client_id);
        let Some(known) = known else {
            let full = self.config.sessions_max;
            if full > 0 && self.online_or_kept >= full {
                let code = ReasonCode::ServerUnavailable;
                replies.push((token.worker, Reply::NotClaimed { token, card, code }));
                return;
            }
            let session = self.insert(Arc::clone(&card));
            replies.push((token.worker, Reply::Claimed { token, card, session }));
            return;
        };
        let old = &self.sessions[known.0 as usize].as_ref().expect("found by its client id").card;
        let address = old.address;
        // A session without an expiry ends with its connection, so there is nothing to continue.
        if clean_start || !old.is_persistent() {
            let id = old.id;
            self.on_end(known, id);
            let session = self.insert(Arc::clone(&card));
            replies.push((address.worker, Reply::Replace { address, token, card, session }));
        } else {
            replies.push((token.worker, Reply::Continue { token, card, address }));
        }
    }

    /// Forgets a session with all its subscriptions. One that was replaced already is not known any
    /// more under its reference.
    pub(super) fn on_end(&mut self, session: SessionRef, id: SessionId) {
        if self.entry(session, id).is_none() {
            return;
        }
        let Some(entry) = self.sessions[session.0 as usize].take() else {
            return;
        };
        self.online_or_kept -= 1;
        let hash = self.routes.hash(&entry.card.client_id);
        if let Ok(place) = self.clients.find_entry(hash, |&other| other == session) {
            place.remove();
        }
        let routes = Arc::clone(&self.routes);
        let mut table = routes.write();
        for (filter, group) in entry.subscriptions.into_iter().flat_map(|all| all.held) {
            self.filter_text.clear();
            table.write_filter(filter, &mut self.filter_text);
            let is_wildcard = table.is_wildcard(filter);
            table.remove(filter, group, session);
            self.subscriptions_shared -= usize::from(group != GroupId::NONE);
            routes.changed(&self.filter_text, is_wildcard);
        }
        table.remove_session(session);
    }

    pub(super) fn find(&self, client_id: &str) -> Option<SessionRef> {
        let hash = self.routes.hash(client_id);
        let found = self.clients.find(hash, |session| {
            let entry = self.sessions[session.0 as usize].as_ref();
            entry.is_some_and(|entry| *entry.card.client_id == *client_id)
        });
        found.copied()
    }

    pub(super) fn insert(&mut self, card: Arc<SessionCard>) -> SessionRef {
        let hash = self.routes.hash(&card.client_id);
        let session = self.routes.write().add_session(Arc::clone(&card));
        if self.sessions.len() <= session.0 as usize {
            self.sessions.resize_with(session.0 as usize + 1, || None);
        }
        self.sessions[session.0 as usize] = Some(Entry { card, subscriptions: None });
        self.online_or_kept += 1;
        let (sessions, routes) = (&self.sessions, &self.routes);
        self.clients.insert_unique(hash, session, |other| {
            let entry = sessions[other.0 as usize].as_ref().expect("every client has an entry");
            routes.hash(&entry.card.client_id)
        });
        session
    }
}
