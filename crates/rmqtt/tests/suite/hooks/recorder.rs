//! A handler that writes down every call.

use std::sync::{Arc, Mutex};

use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, DisconnectReason, DroppedReason, Exchange, Future,
    Handler, Message, MessageRef, Publish, PublishAcl, PublishView, SenderKind, Subscribe,
    SubscribeAcl, TerminationReason, Unsubscribe, UnwantedSubscription, UserPropertiesBuf, Verdict,
    WantedSubscription,
};
use rmqtt::{QoS, ReasonCode};

/// What was seen, in order: the point and its data.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<String>>>);

/// Writes down what it is called with, and says nothing else than that who has the right password, or
/// none, may come in.
pub(super) struct Recorder(pub(super) Seen);

impl Seen {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    /// Everything so far, which is forgotten.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    pub(super) fn has(&self, line: &str) -> bool {
        self.0.lock().unwrap().iter().any(|seen| seen == line)
    }

    /// Waits for a line that comes from another thread.
    pub(super) fn wait_for(&self, line: &str) {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !self.has(line) {
            let seen = self.0.lock().unwrap().join("\n");
            assert!(std::time::Instant::now() < until, "{line} does not come behind\n{seen}");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }
}

impl Recorder {
    fn note(&self, line: impl Into<String>) {
        self.0.note(line.into());
    }
}

/// Who sent a message, as the message says.
fn from(message: &MessageRef<'_>) -> String {
    let details = message.sender.decode();
    let (client_id, username) =
        details.map_or(("?", None), |sender| (sender.client_id, sender.username));
    format!("{:?} {client_id} {}", message.sender.kind, username.unwrap_or("-"))
}

fn text(message: &MessageRef<'_>) -> String {
    let payload = String::from_utf8_lossy(message.payload);
    format!("{} {payload} from {}", message.topic, from(message))
}

impl Handler for Recorder {
    fn before_startup(&self) -> Future<()> {
        self.note("before_startup");
        Box::pin(async {})
    }

    fn client_connect(
        &self,
        connect: &Arc<ConnectInfo>,
        _so_far: &UserPropertiesBuf,
    ) -> Answer<UserPropertiesBuf> {
        let username = connect.username.as_deref().unwrap_or("-");
        self.note(format!("client_connect {} {username}", connect.client_id));
        Answer::pass()
    }

    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        self.note(format!("client_authenticate {}", connect.client_id));
        match connect.password.as_deref() {
            None => Answer::pass(),
            Some(b"right") => Verdict::Proceed(AuthResult::allow()).into(),
            Some(_) => Verdict::Proceed(AuthResult::BadUsernameOrPassword).into(),
        }
    }

    fn client_connack(&self, connect: &Arc<ConnectInfo>, reason: ReasonCode) -> Answer<ReasonCode> {
        self.note(format!("client_connack {} 0x{:02X}", connect.client_id, reason.as_u8()));
        Answer::pass()
    }

    fn client_connected(&self, client: &Arc<Client>, session_present: bool) {
        let Client { client_id, peer, keep_alive_s, .. } = &**client;
        assert!(peer.ip().is_loopback());
        self.note(format!("client_connected {client_id} {keep_alive_s} {session_present}"));
    }

    fn client_disconnected(&self, client: &Arc<Client>, reason: &DisconnectReason) {
        self.note(format!("client_disconnected {} {reason}", client.client_id));
    }

    fn client_keepalive(&self, client: &Arc<Client>, is_ping: bool) -> Answer<ReasonCode> {
        self.note(format!("client_keepalive {} {is_ping}", client.client_id));
        Answer::pass()
    }

    fn session_created(&self, client: &Arc<Client>) {
        self.note(format!("session_created {}", client.client_id));
    }

    fn session_terminated(&self, client: &Arc<Client>, reason: TerminationReason) {
        self.note(format!("session_terminated {} {reason}", client.client_id));
    }

    fn client_subscribe(&self, client: &Arc<Client>, subscribe: &Subscribe<'_>) -> Answer<String> {
        let Subscribe { filter, qos, .. } = subscribe;
        self.note(format!("client_subscribe {} {filter} {}", client.client_id, qos.as_u8()));
        Answer::pass()
    }

    fn client_subscribe_check_acl(
        &self,
        client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        let filter = subscribe.filter;
        self.note(format!("client_subscribe_check_acl {} {filter}", client.client_id));
        Answer::pass()
    }

    fn session_subscribed(
        &self,
        client: &Arc<Client>,
        subscription: &WantedSubscription,
        _subscription_id: Option<u32>,
    ) {
        self.note(format!("session_subscribed {} {}", client.client_id, subscription.filter));
    }

    fn client_unsubscribe(
        &self,
        client: &Arc<Client>,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        self.note(format!("client_unsubscribe {} {}", client.client_id, unsubscribe.filter));
        Answer::pass()
    }

    fn session_unsubscribed(&self, client: &Arc<Client>, subscription: &UnwantedSubscription) {
        self.note(format!("session_unsubscribed {} {}", client.client_id, subscription.filter));
    }

    fn message_publish(&self, client: &Arc<Client>, publish: &PublishView<'_>) -> Answer<Publish> {
        self.note(format!("message_publish {} {}", client.client_id, text(publish.original())));
        Answer::pass()
    }

    fn message_publish_check_acl(
        &self,
        client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        self.note(format!("message_publish_check_acl {} {}", client.client_id, publish.topic()));
        Answer::pass()
    }

    fn message_published(&self, client: Option<&Arc<Client>>, message: &MessageRef<'_>) {
        let client = client.map_or("nobody", |client| &client.client_id);
        self.note(format!("message_published {client} {}", message.topic));
    }

    fn message_delivered(
        &self,
        client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<Publish> {
        self.note(format!("message_delivered {} {}", client.client_id, text(message)));
        Verdict::Pass
    }

    fn message_acked(
        &self,
        client: &Arc<Client>,
        message: Option<&MessageRef<'_>>,
        _sender: SenderKind,
    ) {
        let message = message.map_or("?".to_owned(), text);
        self.note(format!("message_acked {} {message}", client.client_id));
    }

    fn message_dropped(
        &self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        reason: DroppedReason,
    ) {
        let client = client.map_or("nobody", |client| &client.client_id);
        self.note(format!("message_dropped {client} {}: {reason}", message.topic));
    }

    fn message_expiry_check(
        &self,
        client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<bool> {
        self.note(format!("message_expiry_check {} {}", client.client_id, message.topic));
        Verdict::Pass
    }

    fn message_nonsubscribed(&self, message: &MessageRef<'_>) {
        self.note(format!("message_nonsubscribed {}", text(message)));
    }

    fn offline_message(&self, client: &Arc<Client>, message: &MessageRef<'_>, qos: QoS) {
        self.note(format!(
            "offline_message {} {} {}",
            client.client_id,
            text(message),
            qos.as_u8()
        ));
    }

    fn offline_inflight_messages(&self, client: &Arc<Client>, messages: &[Message]) {
        let topics: Vec<_> = messages.iter().map(|message| text(&message.view())).collect();
        let topics = topics.join(", ");
        self.note(format!("offline_inflight_messages {} {topics}", client.client_id));
    }
}
