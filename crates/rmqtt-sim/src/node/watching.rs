//! Those who look on: what workers tell them of clients, sessions and messages.

use std::sync::{Arc, Mutex, PoisonError};

use rmqtt_broker::hook::{
    DisconnectReason, DroppedReason, Event, Point, Points, TerminationReason,
};
use rmqtt_codec::ReasonCode;
use rmqtt_session::{CloseCause, DropReason, Overflow};

use super::Node;
use crate::coverage::Happening;
use crate::scene::Scene;

/// Where they look on.
pub(super) const POINTS: Points = Points::of(&[
    Point::ClientConnected,
    Point::ClientDisconnected,
    Point::SessionCreated,
    Point::SessionTerminated,
    Point::MessageDropped,
    Point::OfflineMessage,
    Point::OfflineInflightMessages,
]);

/// What they have seen and the simulation has not taken note of yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<Sight>>>);

#[derive(Debug)]
enum Sight {
    Happened(Happening),
    /// The client with this identifier does not get a message with these first bytes.
    Dropped(Box<str>, Option<[u8; 4]>),
}

impl Seen {
    pub(super) fn note(&self, event: &Event<'_>) {
        let mut sights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::ClientConnected { session_present, .. } => {
                sights.push(Sight::Happened(match session_present {
                    true => Happening::Resumed,
                    false => Happening::Connected,
                }));
            }
            Event::ClientDisconnected { reason, .. } => {
                sights.push(Sight::Happened(end_of_connection(reason)));
            }
            Event::SessionCreated { .. } => sights.push(Sight::Happened(Happening::SessionBegins)),
            Event::SessionTerminated { reason, .. } => {
                sights.push(Sight::Happened(match reason {
                    TerminationReason::ConnectionEnded => Happening::SessionEndsWithConnection,
                    TerminationReason::Expired => Happening::SessionEndsByExpiry,
                    TerminationReason::Replaced => Happening::SessionReplaced,
                }));
            }
            Event::MessageDropped { client, message, reason } => {
                sights.extend(drop_of(reason).map(Sight::Happened));
                if let (Some(client), DroppedReason::Delivery(DropReason::QueueFull)) =
                    (client, reason)
                {
                    if let Some(policy) = overflow(client.policy.queue.overflow) {
                        sights.push(Sight::Happened(policy));
                    }
                    let payload = message.payload.first_chunk().copied();
                    sights.push(Sight::Dropped(client.client_id.as_ref().into(), payload));
                }
            }
            Event::OfflineMessage { .. } => sights.push(Sight::Happened(Happening::QueuedOffline)),
            Event::OfflineInflightMessages { .. } => {
                sights.push(Sight::Happened(Happening::LeftInFlight));
            }
            _ => {}
        }
    }

    fn take(&self) -> Vec<Sight> {
        core::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Node {
    /// Takes note of what those who look on have seen.
    pub(super) fn note_seen(&self, scene: &mut Scene) {
        for sight in self.seen.take() {
            match sight {
                Sight::Happened(happening) => scene.note(happening),
                Sight::Dropped(client, payload) => scene.ledger.drop_message(&client, payload),
            }
        }
    }
}

fn end_of_connection(reason: &DisconnectReason) -> Happening {
    let cause = match reason {
        DisconnectReason::ByClient(ReasonCode::Success) => return Happening::EndedByGoodbye,
        DisconnectReason::ByClient(_) => return Happening::EndedWithWill,
        DisconnectReason::ByPeer => return Happening::EndedByPeer,
        DisconnectReason::Broken => return Happening::EndedBroken,
        DisconnectReason::ByBroker(cause) => cause,
    };
    match cause {
        CloseCause::Undecodable(_) => Happening::ClosedUndecodable,
        CloseCause::UnexpectedPacket(_) => Happening::ClosedUnexpectedPacket,
        CloseCause::TopicAliasInvalid => Happening::ClosedTopicAliasInvalid,
        CloseCause::ReceiveMaximumExceeded => Happening::ClosedReceiveMaximumExceeded,
        CloseCause::QosNotSupported => Happening::ClosedQosNotSupported,
        CloseCause::RetainNotSupported => Happening::ClosedRetainNotSupported,
        CloseCause::NoLocalOnShared => Happening::ClosedNoLocalOnShared,
        CloseCause::SessionExpiryRaised => Happening::ClosedSessionExpiryRaised,
        CloseCause::KeepAliveTimeout => Happening::ClosedKeepAliveTimeout,
        CloseCause::AuthenticationMethodChanged => Happening::ClosedAuthenticationMethodChanged,
        CloseCause::NotAuthenticated(_) => Happening::ClosedNotAuthenticated,
        CloseCause::Rejected(_) => Happening::ClosedRejected,
        CloseCause::TakenOver => Happening::ClosedTakenOver,
        CloseCause::ServerShuttingDown => Happening::ClosedServerShuttingDown,
        CloseCause::QueueOverflow => Happening::ClosedQueueOverflow,
        CloseCause::NoRoom => Happening::ClosedNoRoom,
    }
}

/// What is not counted by the workers already.
fn drop_of(reason: &DroppedReason) -> Option<Happening> {
    match reason {
        DroppedReason::Delivery(_) => None,
        DroppedReason::SessionEnded => Some(Happening::DroppedSessionEnded),
        DroppedReason::NoMember => Some(Happening::DroppedNoMember),
        DroppedReason::Refused(_) => Some(Happening::DroppedRefused),
    }
}

fn overflow(policy: Overflow) -> Option<Happening> {
    match policy {
        Overflow::DropOldest => Some(Happening::OverflowDropsOldest),
        Overflow::DropNew => Some(Happening::OverflowDropsNew),
        Overflow::Disconnect => None,
    }
}
