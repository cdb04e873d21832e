//! The loss of a node, and its next life with what the store has kept.

use rmqtt_broker::{Directory, Restoration, RestoredLogin, RestoredSession, RestoredSubscription};
use rmqtt_codec::ProtocolVersion;
use rmqtt_message::{Now, Record, RecordBatch, SessionId};
use rmqtt_session::{Restored, RestoredInflight, RestoredMessage, Will};
use rmqtt_store::{
    ManualStore, SavedMessage, SavedSession, SavedState, SavedSubscription, SavedWill, Store,
    Submission,
};

use super::store::StoreDesk;
use super::{Life, Node};
use crate::coverage::Happening;
use crate::scenario::Scenario;
use crate::scene::Scene;

impl Node {
    /// The node is lost at once, with all its connections, and begins again. What it has written down is
    /// committed: what becomes of the rest is a matter of looking at the store.
    pub(crate) fn restart(&mut self, scenario: &Scenario, scene: &mut Scene) {
        let Some(store) = &self.store else { return };
        scene.note(Happening::Restart);
        scene.trace(|| "the node is lost, and begins again".to_owned());
        let saved = store.all_committed();
        for wire in scene.network.open_wires() {
            scene.lose_wire(wire);
        }
        let mut past = self.past;
        past.add(&self.counters_of_this_life());
        let mut restoration = Restoration::new(scenario.workers);
        let restored_max = (
            saved.sessions.values().map(|session| session.queue.len()).max().unwrap_or(0),
            saved.sessions.values().map(queue_bytes).max().unwrap_or(0),
        );
        let last_session = saved.sessions.keys().max().copied().unwrap_or(SessionId::BROKER);
        let life = Life { incarnation: self.life.incarnation + 1, last_session };
        let mut node = Self::begin(scenario, life, scene);
        restore(&saved, &mut node.directory, &mut restoration, scenario, scene.now);
        for (desk, share) in node.desks.iter_mut().zip(restoration.into_shares()) {
            desk.worker.restore(share, scene.now);
        }
        node.store = Some(StoreDesk::with(store_of(saved, scene.now)));
        node.past = past;
        node.restored_max = restored_max;
        node.last_stamp = self.last_stamp;
        *self = node;
    }
}

/// The store of the next life, in which nobody is connected.
fn store_of(saved: SavedState, now: Now) -> ManualStore {
    let mut batch = RecordBatch::default();
    for session in saved.sessions.values().filter(|session| session.detached_wall_ms.is_none()) {
        batch.push(&Record::SessionDetached {
            session: session.session,
            expiry_interval_s: session.expiry_interval_s,
            wall_ms: now.wall_ms,
        });
    }
    let mut store = ManualStore::with_committed(saved);
    if let Submission::Pending(_) = store.submit(0, &mut batch) {
        store.commit_next();
        // Nobody of this life waits for it.
        store = store.crash();
    }
    store
}

fn restore(
    saved: &SavedState,
    directory: &mut Directory,
    restoration: &mut Restoration,
    scenario: &Scenario,
    now: Now,
) {
    for session in saved.sessions.values() {
        restoration.add(restored(session, scenario, now), directory);
    }
    for message in saved.retained.values() {
        directory.restore_retained(message, now);
    }
    for delayed in saved.delayed.values() {
        // There was room for it before.
        drop(directory.restore_delayed(delayed.message.clone(), delayed.due_wall_ms, now));
    }
}

fn restored(saved: &SavedSession, scenario: &Scenario, now: Now) -> RestoredSession {
    let offline_ms = saved.detached_wall_ms.map_or(0, |since| now.wall_ms.saturating_sub(since));
    let inflight = saved.inflight.iter().map(|sent| RestoredInflight {
        packet_id: sent.packet_id,
        message: sent.message.as_ref().map(restored_message),
    });
    RestoredSession {
        client_id: saved.client_id.as_ref().into(),
        session: Restored {
            id: saved.session,
            policy: std::sync::Arc::clone(&scenario.policy),
            version: ProtocolVersion::V5,
            keep_alive_s: 0,
            username: None,
            expiry_interval_s: saved.expiry_interval_s,
            offline_ms,
            received: saved.received.iter().copied().collect(),
            inflight: inflight.collect(),
            queue: saved.queue.iter().map(restored_message).collect(),
            will: saved.will.as_ref().map(|will| Box::new(restored_will(will))),
        },
        login: RestoredLogin {
            peer: ([127, 0, 0, 1], 1883).into(),
            connected_wall_s: u32::try_from(now.wall_ms / 1000).unwrap_or(u32::MAX),
            clean_start: false,
            anonymous: true,
        },
        tenure: saved.epoch,
        subscriptions: saved.subscriptions.iter().map(restored_subscription).collect(),
    }
}

fn queue_bytes(saved: &SavedSession) -> usize {
    saved.queue.iter().map(|queued| queued.message.len_bytes()).sum()
}

fn restored_message(saved: &SavedMessage) -> RestoredMessage {
    RestoredMessage {
        message: saved.message.clone(),
        qos: saved.qos,
        retain: saved.retain,
        subscription_ids: saved.subscription_ids.clone(),
    }
}

fn restored_subscription(saved: &SavedSubscription) -> RestoredSubscription {
    RestoredSubscription {
        filter: saved.filter.clone(),
        share: saved.share.clone(),
        options: saved.options,
        subscription_id: saved.subscription_id,
    }
}

fn restored_will(saved: &SavedWill) -> Will {
    Will {
        topic: saved.topic.clone(),
        properties: saved.properties.clone(),
        payload: saved.payload.clone(),
        qos: saved.qos,
        retain: saved.retain,
        delay_interval_s: saved.delay_interval_s,
        message_expiry_interval_s: saved.message_expiry_interval_s,
    }
}
