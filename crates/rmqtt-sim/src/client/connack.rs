use std::collections::VecDeque;

use rmqtt_codec::{ConnAck, ProtocolVersion};

use super::Client;
use super::connection::{Connection, Phase};
use super::session::{Outgoing, Session};
use crate::coverage::Happening;
use crate::network::UpEnd;
use crate::observation::{Kept, Observation};
use crate::scene::Scene;

impl Client {
    /// `false`: the connection is over.
    pub(super) fn on_connack(&mut self, connack: &ConnAck<'_>, scene: &mut Scene) -> bool {
        let number = self.number;
        let code = connack.reason_code;
        let present = connack.session_present;
        scene.trace(|| format!("{number:?} gets CONNACK {code:?}, session present: {present}"));
        if connack.reason_code.is_error() {
            return false;
        }
        let is_new = self.connection.as_ref().is_some_and(|connection| connection.clean_start);
        let kept = match self.session {
            _ if is_new => Kept::No,
            None => Kept::Perhaps,
            Some(_) if self.may_be_over(scene) => Kept::Perhaps,
            Some(_) => Kept::Surely,
        };
        if kept == Kept::Perhaps && connack.session_present {
            // Perhaps it is another one, which a CONNECT without CONNACK has begun.
            self.refuse_session(scene);
            return false;
        }
        let mut eager = VecDeque::new();
        if !connack.session_present {
            eager = self.take_eager();
            self.forget_session(scene);
        }
        let Some(connection) = &mut self.connection else {
            return false;
        };
        connection.accept(connack);
        let wire = connection.wire;
        if connection.clean_start {
            self.broker_may_have_session = connection.is_persistent;
        }
        let expiry_s = self.persona.expiry_s;
        let session = self.session.get_or_insert_with(|| {
            Session::new(
                scene.ledger.begin_session(number, expiry_s == u32::MAX),
                eager,
                expiry_s,
                wire,
            )
        });
        session.confirmed = wire;
        session.left_mono_ms = None;
        let session = session.number;
        if self.has_limited_packets {
            scene.ledger.session_limits_packets(session);
        }
        scene.note(match self.persona.version {
            ProtocolVersion::V5 => Happening::AcceptedV5,
            _ => Happening::AcceptedV311,
        });
        if connack.session_present {
            scene.note(Happening::SessionContinued);
        }
        scene.observe(&Observation::Connected {
            session,
            kept,
            session_present: connack.session_present,
        });
        true
    }

    /// What was sent behind the CONNECT of this connection: it belongs to whatever session that got.
    fn take_eager(&mut self) -> VecDeque<Outgoing> {
        let (Some(connection), Some(session)) = (&self.connection, &mut self.session) else {
            return VecDeque::new();
        };
        let wire = connection.wire;
        session.outgoing.drain(..).filter(|outgoing| outgoing.sent_on == wire).collect()
    }

    /// The broker has a session of which the client knows nothing: it ends the connection, and asks
    /// for a new session with the next one.
    fn refuse_session(&mut self, scene: &mut Scene) {
        self.forget_session(scene);
        if let Some(connection) = &self.connection {
            let wire = scene.network.wire_mut(connection.wire);
            let bytes = wire.up.len();
            wire.abandon(bytes, Some(UpEnd::Eof));
        }
    }
}

impl Connection {
    /// The terms on which the broker has accepted.
    fn accept(&mut self, connack: &ConnAck<'_>) {
        self.phase = Phase::Online;
        self.eager.clear();
        self.quota = connack.receive_maximum.unwrap_or(u16::MAX);
        self.broker_aliases_max = connack.topic_alias_maximum.unwrap_or(0);
        self.keep_alive_s = connack.server_keep_alive_s.unwrap_or(self.keep_alive_s);
    }
}
