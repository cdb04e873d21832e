//! What clients ask but rarely: to connect, to subscribe, to stay.

use std::mem;
use std::sync::Arc;

use rmqtt_broker::hook::{Client, Point};
use rmqtt_codec::{PacketType, ReasonCode, UserPropertiesBuf};
use rmqtt_session::{
    AuthenticationAnswer, AuthenticationQuestion, ConnectInfo, Exchange, Grant, SubscribeRequest,
    UnsubscribeRequest, UnwantedSubscription, WantedSubscription,
};

use super::chain::{Chain, advance, finish};
use super::fitting_code::{UnfitCode, fit};
use super::snapshot::Snapshot;
use super::welcomes::Welcomes;
use super::workshop::Workshop;
use super::{Answer, AuthResult, Handler, Subscribe, SubscribeAcl, Unsubscribe};

/// The deciders of one moment, for one question.
pub(super) struct Judge {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) workshop: Workshop,
}

impl Judge {
    /// Whether a client is admitted, and with what CONNACK.
    pub(super) async fn authenticate(
        mut self,
        question: AuthenticationQuestion,
        welcomes: Arc<Welcomes>,
    ) -> AuthenticationAnswer {
        let AuthenticationQuestion { connect, exchange, anonymous_allowed } = question;
        let mut properties = welcomes.take(&connect);
        let begins = exchange.step == 0 && !exchange.again;
        if begins {
            let mut welcome = Welcome { connect: &connect, properties };
            self.ask_all(Point::ClientConnect, &mut welcome).await;
            properties = welcome.properties;
        }
        let mut login = Login { connect: &connect, exchange: &exchange, result: None };
        self.ask_all(Point::ClientAuthenticate, &mut login).await;
        if matches!(login.result, Some(AuthResult::Continue(_))) {
            welcomes.keep(&connect, mem::take(&mut properties));
        }
        let answer = answer(login.result, exchange.again, properties);
        let reason = match &answer {
            AuthenticationAnswer::Accept(_) => ReasonCode::Success,
            AuthenticationAnswer::Continue(_) => return answer,
            AuthenticationAnswer::Ignore(_) if anonymous_allowed => ReasonCode::Success,
            AuthenticationAnswer::Ignore(_) if exchange.method.is_some() => {
                ReasonCode::BadAuthenticationMethod
            }
            AuthenticationAnswer::Ignore(_) => ReasonCode::NotAuthorized,
            AuthenticationAnswer::Refuse(code) => *code,
        };
        if exchange.again {
            return answer;
        }
        let mut connack = Connack { connect: &connect, reason };
        self.ask_all(Point::ClientConnack, &mut connack).await;
        match connack.reason {
            unchanged if unchanged == reason => answer,
            code if code.is_error() => AuthenticationAnswer::Refuse(code),
            // Who was refused is not let in by what is said of its CONNACK.
            _ => answer,
        }
    }

    /// The code with which a client has to go.
    pub(super) async fn keep_alive(
        mut self,
        client: Arc<Client>,
        is_ping: bool,
    ) -> Option<ReasonCode> {
        let mut heard = Heard { client: &client, is_ping, code: None };
        self.ask_all(Point::ClientKeepalive, &mut heard).await;
        heard.code
    }

    /// Which subscriptions are made, and how.
    pub(super) async fn subscribe(
        mut self,
        client: Arc<Client>,
        checks_acl: bool,
        mut request: SubscribeRequest,
    ) -> SubscribeRequest {
        let subscription_id = request.subscription_id;
        for wanted in &mut request.wanted {
            let Ok(subscription) = wanted else { continue };
            if let Err(code) =
                self.subscribe_one(&client, checks_acl, subscription_id, subscription).await
            {
                *wanted = Err(code);
            }
        }
        request
    }

    async fn subscribe_one(
        &mut self,
        client: &Arc<Client>,
        checks_acl: bool,
        subscription_id: Option<u32>,
        subscription: &mut WantedSubscription,
    ) -> Result<(), ReasonCode> {
        let mut wish = Wish { client, subscription, subscription_id, filter: None };
        self.ask_all(Point::ClientSubscribe, &mut wish).await;
        if let Some(filter) = wish.filter.take() {
            subscription.filter = checked(filter)?;
        }
        if checks_acl {
            let mut permit = Permit { client, subscription, subscription_id, acl: None };
            self.ask_all(Point::ClientSubscribeCheckAcl, &mut permit).await;
            match permit.acl {
                None => {}
                Some(SubscribeAcl::Allow(qos)) => {
                    subscription.options.qos = subscription.options.qos.min(qos);
                }
                Some(SubscribeAcl::Deny(code)) => return Err(code),
            }
        }
        Ok(())
    }

    /// Which subscriptions are ended.
    pub(super) async fn unsubscribe(
        mut self,
        client: Arc<Client>,
        mut request: UnsubscribeRequest,
    ) -> UnsubscribeRequest {
        for unwanted in &mut request.filters {
            let Ok(subscription) = unwanted else { continue };
            let mut farewell = Farewell { client: &client, subscription, filter: None };
            self.ask_all(Point::ClientUnsubscribe, &mut farewell).await;
            match farewell.filter.map(checked) {
                None => {}
                Some(Ok(filter)) => subscription.filter = filter,
                Some(Err(code)) => *unwanted = Err(code),
            }
        }
        request
    }

    async fn ask_all<C: Chain>(&mut self, point: Point, chain: &mut C) {
        let entries = self.snapshot.at(point);
        let progress = advance(chain, point, entries, 0);
        finish(chain, point, entries, progress, &mut self.workshop).await;
    }
}

fn answer(
    result: Option<AuthResult>,
    again: bool,
    user_properties: UserPropertiesBuf,
) -> AuthenticationAnswer {
    match result {
        Some(AuthResult::Allow { superuser, data }) => {
            let grant = Grant { data, superuser, anonymous: false, user_properties };
            AuthenticationAnswer::Accept(grant)
        }
        Some(AuthResult::Continue(data)) => AuthenticationAnswer::Continue(data),
        None | Some(AuthResult::NotFound) => AuthenticationAnswer::Ignore(user_properties),
        // DISCONNECT has no code for a wrong password [MQTT-3.14.2-1].
        Some(AuthResult::BadUsernameOrPassword) if !again => {
            AuthenticationAnswer::Refuse(ReasonCode::BadUserNameOrPassword)
        }
        Some(AuthResult::BadUsernameOrPassword | AuthResult::NotAuthorized) => {
            AuthenticationAnswer::Refuse(ReasonCode::NotAuthorized)
        }
        Some(AuthResult::Refuse(code)) => AuthenticationAnswer::Refuse(code),
    }
}

fn checked(filter: String) -> Result<Box<str>, ReasonCode> {
    match rmqtt_topic::check_topic_filter(&filter) {
        Ok(()) => Ok(filter.into()),
        Err(_) => Err(ReasonCode::TopicFilterInvalid),
    }
}

/// `client_connect`
struct Welcome<'c> {
    connect: &'c Arc<ConnectInfo>,
    properties: UserPropertiesBuf,
}

impl Chain for Welcome<'_> {
    type Said = UserPropertiesBuf;

    fn ask(&self, handler: &dyn Handler) -> Answer<UserPropertiesBuf> {
        handler.client_connect(self.connect, &self.properties)
    }

    fn take(&mut self, said: UserPropertiesBuf) -> Result<(), UnfitCode> {
        self.properties = said;
        Ok(())
    }

    fn take_failure(&mut self) {}

    fn failure_ends(&self) -> bool {
        false
    }
}

/// `client_authenticate`
struct Login<'c> {
    connect: &'c Arc<ConnectInfo>,
    exchange: &'c Exchange,
    result: Option<AuthResult>,
}

impl Chain for Login<'_> {
    type Said = AuthResult;

    fn ask(&self, handler: &dyn Handler) -> Answer<AuthResult> {
        handler.client_authenticate(self.connect, self.exchange, self.result.as_ref())
    }

    fn take(&mut self, mut said: AuthResult) -> Result<(), UnfitCode> {
        let fits = match &mut said {
            AuthResult::Refuse(code) => fit(code, &[self.refusal()]),
            _ => Ok(()),
        };
        self.result = Some(said);
        fits
    }

    fn take_failure(&mut self) {
        let code = match self.refusal() {
            PacketType::ConnAck => ReasonCode::ServerUnavailable,
            // It has no code that comes nearer.
            _ => ReasonCode::ServerBusy,
        };
        self.result = Some(AuthResult::Refuse(code));
    }

    fn failure_ends(&self) -> bool {
        true
    }
}

impl Login<'_> {
    /// The packet that tells the client of a refusal.
    fn refusal(&self) -> PacketType {
        if self.exchange.again { PacketType::Disconnect } else { PacketType::ConnAck }
    }
}

/// `client_connack`
struct Connack<'c> {
    connect: &'c Arc<ConnectInfo>,
    reason: ReasonCode,
}

impl Chain for Connack<'_> {
    type Said = ReasonCode;

    fn ask(&self, handler: &dyn Handler) -> Answer<ReasonCode> {
        handler.client_connack(self.connect, self.reason)
    }

    fn take(&mut self, mut said: ReasonCode) -> Result<(), UnfitCode> {
        let fits = if said.is_error() { fit(&mut said, &[PacketType::ConnAck]) } else { Ok(()) };
        self.reason = said;
        fits
    }

    fn take_failure(&mut self) {}

    fn failure_ends(&self) -> bool {
        false
    }
}

/// `client_keepalive`
struct Heard<'c> {
    client: &'c Arc<Client>,
    is_ping: bool,
    code: Option<ReasonCode>,
}

impl Chain for Heard<'_> {
    type Said = ReasonCode;

    fn ask(&self, handler: &dyn Handler) -> Answer<ReasonCode> {
        handler.client_keepalive(self.client, self.is_ping)
    }

    fn take(&mut self, mut said: ReasonCode) -> Result<(), UnfitCode> {
        if !said.is_error() {
            self.code = None;
            return Ok(());
        }
        let fits = fit(&mut said, &[PacketType::Disconnect]);
        self.code = Some(said);
        fits
    }

    fn take_failure(&mut self) {}

    fn failure_ends(&self) -> bool {
        false
    }
}

/// `client_subscribe`
struct Wish<'c> {
    client: &'c Arc<Client>,
    subscription: &'c WantedSubscription,
    subscription_id: Option<u32>,
    filter: Option<String>,
}

impl Chain for Wish<'_> {
    type Said = String;

    fn ask(&self, handler: &dyn Handler) -> Answer<String> {
        let mut view = view(self.subscription, self.subscription_id);
        view.filter = self.filter.as_deref().unwrap_or(view.filter);
        handler.client_subscribe(self.client, &view)
    }

    fn take(&mut self, said: String) -> Result<(), UnfitCode> {
        self.filter = Some(said);
        Ok(())
    }

    fn take_failure(&mut self) {}

    fn failure_ends(&self) -> bool {
        false
    }
}

/// `client_subscribe_check_acl`
struct Permit<'c> {
    client: &'c Arc<Client>,
    subscription: &'c WantedSubscription,
    subscription_id: Option<u32>,
    acl: Option<SubscribeAcl>,
}

impl Chain for Permit<'_> {
    type Said = SubscribeAcl;

    fn ask(&self, handler: &dyn Handler) -> Answer<SubscribeAcl> {
        let view = view(self.subscription, self.subscription_id);
        handler.client_subscribe_check_acl(self.client, &view)
    }

    fn take(&mut self, mut said: SubscribeAcl) -> Result<(), UnfitCode> {
        let fits = match &mut said {
            SubscribeAcl::Deny(code) => fit(code, &[PacketType::SubAck]),
            SubscribeAcl::Allow(_) => Ok(()),
        };
        self.acl = Some(said);
        fits
    }

    fn take_failure(&mut self) {
        self.acl = Some(SubscribeAcl::deny());
    }

    fn failure_ends(&self) -> bool {
        true
    }
}

fn view(subscription: &WantedSubscription, subscription_id: Option<u32>) -> Subscribe<'_> {
    Subscribe {
        filter: &subscription.filter,
        share: subscription.share.as_deref(),
        limit: subscription.limit,
        qos: subscription.options.qos,
        subscription_id,
    }
}

/// `client_unsubscribe`
struct Farewell<'c> {
    client: &'c Arc<Client>,
    subscription: &'c UnwantedSubscription,
    filter: Option<String>,
}

impl Chain for Farewell<'_> {
    type Said = String;

    fn ask(&self, handler: &dyn Handler) -> Answer<String> {
        let filter = self.filter.as_deref().unwrap_or(&self.subscription.filter);
        let share = self.subscription.share.as_deref();
        handler.client_unsubscribe(self.client, &Unsubscribe { filter, share })
    }

    fn take(&mut self, said: String) -> Result<(), UnfitCode> {
        self.filter = Some(said);
        Ok(())
    }

    fn take_failure(&mut self) {}

    fn failure_ends(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
