//! Events to their observers.

use rmqtt_broker::hook::Event;

use super::chain::call;
use super::snapshot::Snapshot;

/// Tells everybody who listens at the event's point.
pub(super) fn observe(snapshot: &Snapshot, event: &Event<'_>) {
    let point = event.point();
    for entry in snapshot.at(point) {
        // What went wrong was logged, and changes nothing for the client.
        let _ = call(point, entry, |handler| match *event {
            Event::ClientConnected { client, session_present } => {
                handler.client_connected(client, session_present);
            }
            Event::ClientDisconnected { client, reason } => {
                handler.client_disconnected(client, reason);
            }
            Event::SessionCreated { client } => handler.session_created(client),
            Event::SessionTerminated { client, reason } => {
                handler.session_terminated(client, reason);
            }
            Event::SessionSubscribed { client, subscription, subscription_id } => {
                handler.session_subscribed(client, subscription, subscription_id);
            }
            Event::SessionUnsubscribed { client, subscription } => {
                handler.session_unsubscribed(client, subscription);
            }
            Event::MessagePublished { client, message } => {
                handler.message_published(client, message);
            }
            Event::MessageAcked { client, message, sender } => {
                handler.message_acked(client, message, sender);
            }
            Event::MessageDropped { client, message, reason } => {
                handler.message_dropped(client, message, reason);
            }
            Event::MessageNonsubscribed { message } => handler.message_nonsubscribed(message),
            Event::OfflineMessage { client, message, qos } => {
                handler.offline_message(client, message, qos);
            }
            Event::OfflineInflightMessages { client, messages } => {
                handler.offline_inflight_messages(client, messages);
            }
        });
    }
}
