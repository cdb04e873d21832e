use std::sync::Arc;

use rmqtt_broker::hook::{Client, DisconnectReason, DroppedReason, Publish, TerminationReason};
use rmqtt_codec::{QoS, ReasonCode, UserPropertiesBuf};
use rmqtt_message::{Message, MessageRef, SenderKind};
use rmqtt_session::{ConnectInfo, Exchange, UnwantedSubscription, WantedSubscription};

use super::{
    Answer, AuthResult, Future, PublishAcl, PublishView, Subscribe, SubscribeAcl, Unsubscribe,
    Verdict,
};

/// One method for each point; a handler is called at those for which it was registered.
///
/// Methods that return an [`Answer`] or a [`Verdict`] decide, the others look on. None of them may
/// block: they run on the worker whose clients they are about.
#[allow(unused_variables, reason = "the names say what the parameters are")]
pub trait Handler: Send + Sync + 'static {
    /// Before the broker takes connections; it waits for this.
    fn before_startup(&self) -> Future<()> {
        Box::pin(async {})
    }

    /// A CONNECT has come. The answer is what CONNACK will carry as User Properties (MQTT 5);
    /// `so_far` is what others want it to carry.
    fn client_connect(
        &self,
        connect: &Arc<ConnectInfo>,
        so_far: &UserPropertiesBuf,
    ) -> Answer<UserPropertiesBuf> {
        Answer::pass()
    }

    /// Whether the client is who it says. Also asked for each AUTH packet of enhanced authentication,
    /// and when a connected client authenticates anew. `so_far` is what others have said.
    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        exchange: &Exchange,
        so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        Answer::pass()
    }

    /// The CONNACK is about to be sent with `reason`: what authentication and the listener's rule have
    /// come to. An error in place of success, which
    /// CONNACK may carry, keeps the client out. (A CONNECT that is refused before
    /// anybody is asked, or since there is no room, is not seen here.)
    fn client_connack(&self, connect: &Arc<ConnectInfo>, reason: ReasonCode) -> Answer<ReasonCode> {
        Answer::pass()
    }

    /// The client is connected. `session_present`: its older session goes on.
    fn client_connected(&self, client: &Arc<Client>, session_present: bool) {}

    /// The client's connection has ended.
    fn client_disconnected(&self, client: &Arc<Client>, reason: &DisconnectReason) {}

    /// A packet of the client has come, PINGREQ (`is_ping`) or another one. An error, which
    /// DISCONNECT may carry, closes the connection with it. Not asked again while an answer is
    /// awaited.
    fn client_keepalive(&self, client: &Arc<Client>, is_ping: bool) -> Answer<ReasonCode> {
        Answer::pass()
    }

    /// A session has begun.
    fn session_created(&self, client: &Arc<Client>) {}

    /// A session is over.
    fn session_terminated(&self, client: &Arc<Client>, reason: TerminationReason) {}

    /// A client wants a subscription. The answer is another filter, without a prefix.
    fn client_subscribe(&self, client: &Arc<Client>, subscribe: &Subscribe<'_>) -> Answer<String> {
        Answer::pass()
    }

    /// Whether it may have the subscription. Not asked for a superuser.
    fn client_subscribe_check_acl(
        &self,
        client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        Answer::pass()
    }

    /// The subscription is made, with the QoS granted.
    fn session_subscribed(
        &self,
        client: &Arc<Client>,
        subscription: &WantedSubscription,
        subscription_id: Option<u32>,
    ) {
    }

    /// A client wants a subscription no longer. The answer is another filter, without a prefix.
    fn client_unsubscribe(
        &self,
        client: &Arc<Client>,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        Answer::pass()
    }

    /// The subscription is gone.
    fn session_unsubscribed(&self, client: &Arc<Client>, subscription: &UnwantedSubscription) {}

    /// A message of a client comes, or its Will. The answer is what is published in its place.
    fn message_publish(&self, client: &Arc<Client>, publish: &PublishView<'_>) -> Answer<Publish> {
        Answer::pass()
    }

    /// Whether the message may be published, with the topic that it will be routed by. Not asked for
    /// a superuser.
    fn message_publish_check_acl(
        &self,
        client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        Answer::pass()
    }

    /// The message was allowed and is on its way. `client`: its publisher, if a client published it.
    fn message_published(&self, client: Option<&Arc<Client>>, message: &MessageRef<'_>) {}

    /// The message is about to be sent to a client. The answer, which has to come at once, is what is
    /// sent to this client in its place; its QoS and RETAIN flag stay.
    fn message_delivered(
        &self,
        client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<Publish> {
        Verdict::Pass
    }

    /// The client says that it has the message: PUBACK, or PUBREC without an error. `message` is none
    /// where it was sent before a handler was started here.
    fn message_acked(
        &self,
        client: &Arc<Client>,
        message: Option<&MessageRef<'_>>,
        sender: SenderKind,
    ) {
    }

    /// The message is dropped: `client` does not get it, or, if there is none, nobody does.
    fn message_dropped(
        &self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        reason: DroppedReason,
    ) {
    }

    /// Whether the message is past its time for this client; the answer has to come at once.
    fn message_expiry_check(
        &self,
        client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<bool> {
        Verdict::Pass
    }

    /// Nobody is subscribed to the message.
    fn message_nonsubscribed(&self, message: &MessageRef<'_>) {}

    /// The message waits for a client that is not connected.
    fn offline_message(&self, client: &Arc<Client>, message: &MessageRef<'_>, qos: QoS) {}

    /// The connection has ended and has left these messages unacknowledged. Those of a session that
    /// has no reason to keep them are not among them.
    fn offline_inflight_messages(&self, client: &Arc<Client>, messages: &[Message]) {}

    /// A message of another node that only plugins understand. The answer goes back.
    fn grpc_message_received(&self, message_type: u64, message: &[u8]) -> Answer<Vec<u8>> {
        Answer::pass()
    }
}
