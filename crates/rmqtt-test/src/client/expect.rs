//! What a test expects next on a connection.

use super::RawClient;
use crate::answer::{Ack, Delivery, Packet};
use crate::broker::Broker;
use crate::request::PINGREQ;

/// Unspecified error, malformed packet and protocol error.
const GENERAL_REASONS: [u8; 3] = [0x80, 0x81, 0x82];

impl RawClient {
    /// The next message, not acknowledged. Acknowledgements that come before it are set aside.
    pub fn expect_delivery(&mut self) -> Delivery {
        self.next_that("PUBLISH", |packet| match packet {
            Packet::Publish(delivery) => Some(delivery.clone()),
            _ => None,
        })
    }

    /// The next message is this one; it is acknowledged.
    ///
    /// # Panics
    /// If another message comes.
    pub fn expect_message(&mut self, topic: &str, payload: &str) -> Delivery {
        let delivery = self.take();
        assert_eq!((delivery.topic.as_str(), delivery.text()), (topic, payload));
        delivery
    }

    /// The PUBACK for this packet identifier.
    pub fn expect_puback(&mut self, id: u16) -> Ack {
        self.expect_ack("PUBACK", id, |packet| match packet {
            Packet::PubAck(ack) => Some(ack),
            _ => None,
        })
    }

    /// The PUBREC for this packet identifier.
    pub fn expect_pubrec(&mut self, id: u16) -> Ack {
        self.expect_ack("PUBREC", id, |packet| match packet {
            Packet::PubRec(ack) => Some(ack),
            _ => None,
        })
    }

    /// The PUBREL for this packet identifier.
    pub fn expect_pubrel(&mut self, id: u16) -> Ack {
        self.expect_ack("PUBREL", id, |packet| match packet {
            Packet::PubRel(ack) => Some(ack),
            _ => None,
        })
    }

    /// The PUBCOMP for this packet identifier.
    pub fn expect_pubcomp(&mut self, id: u16) -> Ack {
        self.expect_ack("PUBCOMP", id, |packet| match packet {
            Packet::PubComp(ack) => Some(ack),
            _ => None,
        })
    }

    /// Nothing was sent up to the answer of a PINGREQ, and nothing had been set aside.
    ///
    /// This proves silence for what the broker already had to send on this connection. For messages
    /// of other clients send a sentinel by the same way and expect it as the next message.
    ///
    /// # Panics
    /// If a packet came.
    pub fn expect_nothing(&mut self) {
        self.send_bytes(&PINGREQ);
        match self.next_packet() {
            Some(Packet::PingResp) => {}
            other => panic!("nothing but PINGRESP expected: {other:?}"),
        }
    }

    /// The server closes without a further packet.
    ///
    /// # Panics
    /// If a packet comes or the connection stays open.
    pub fn expect_close(&mut self) {
        let next = self.next_packet();
        assert!(next.is_none(), "a close without a packet expected, not {next:?}");
    }

    /// MQTT 5: a DISCONNECT with one of these reason codes, then the close. Before: the close.
    ///
    /// The specification only recommends the DISCONNECT and demands the close `[MQTT-4.13.1-1]`, so
    /// that somebody else's broker may leave it out, or say one of the codes that name no cause.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_refusal(&mut self, reasons: &[u8]) {
        let is_peer = Broker::given_address().is_some();
        if self.version().is_v5() {
            match self.next_packet() {
                Some(Packet::Disconnect(disconnect)) => assert!(
                    reasons.contains(&disconnect.reason)
                        || is_peer && GENERAL_REASONS.contains(&disconnect.reason),
                    "DISCONNECT with one of {reasons:#04x?} expected, not {disconnect:#04x?}"
                ),
                None if is_peer => return,
                other => panic!("DISCONNECT with one of {reasons:#04x?} expected, not {other:?}"),
            }
        }
        self.expect_close();
    }

    /// A CONNECT is refused: with one of these codes of the version spoken, then the close.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_connect_refused(&mut self, codes: &[u8]) {
        match self.next_packet() {
            Some(Packet::ConnAck(connack)) => assert!(
                codes.contains(&connack.code),
                "CONNACK with one of {codes:#04x?} expected, not {connack:#04x?}"
            ),
            other => panic!("CONNACK with one of {codes:#04x?} expected, not {other:?}"),
        }
        self.expect_close();
    }

    /// An unknown protocol level is refused: with the return code 1 of 3.x, or the reason code 0x84 in
    /// the form of MQTT 5; then the close. The connection's version is what the server cannot know.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_connect_refused_as_unsupported(&mut self) {
        let bytes = self.rest_of_stream();
        let is_v3 = bytes == [0x20, 2, 0, 1];
        let is_v5 = bytes.len() >= 5 && bytes[0] == 0x20 && bytes[2..4] == [0, 0x84];
        assert!(is_v3 || is_v5, "a CONNACK of an unsupported version expected, not {bytes:02x?}");
    }

    /// A malformed CONNECT ends the connection. MQTT 5 servers may say why in a CONNACK, with one of
    /// these reason codes; servers of 3.x say nothing `[MQTT-3.1.4-1]`.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_connect_rejected(&mut self, reasons: &[u8]) {
        if self.version().is_v5() {
            match self.next_packet() {
                None => return,
                Some(Packet::ConnAck(connack)) => assert!(
                    reasons.contains(&connack.code),
                    "CONNACK with one of {reasons:#04x?} expected, not {connack:#04x?}"
                ),
                other => panic!("CONNACK or a close expected, not {other:?}"),
            }
        }
        self.expect_close();
    }
}
