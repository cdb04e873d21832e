//! What is sent in a deed, byte by byte: no encoder writes most of it.

use rmqtt_codec::{Auth, Connect, PINGREQ, ProtocolVersion, ReasonCode};

use super::deed::Deed;
use crate::client::AUTHENTICATION_METHOD;
use crate::random::Random;
use crate::topics;

/// Pings of a flood. Their answers are more than what a slow reader's output may hold.
pub(super) const PINGS_OF_A_FLOOD: u32 = 300;
const SUBSCRIPTIONS_OF_A_FLOOD: u16 = 60;
/// One more than any listener of the simulation takes at a time.
const IN_FLIGHT: u16 = 257;
/// A packet of more bytes than a listener takes.
const OVERSIZE_BYTES: usize = 100_000;

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Author<'a> {
    pub(super) version: ProtocolVersion,
    pub(super) client_id: &'a str,
    /// Whether it names an authentication method.
    pub(super) has_method: bool,
    /// Packet ids of messages that the broker has sent.
    pub(super) received: &'a [u16],
}

impl Author<'_> {
    /// A CONNECT without fault, for a session that ends with its connection.
    pub(super) fn connect(&self, keep_alive_s: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let connect = Connect {
            keep_alive_s,
            authentication_method: self.has_method.then_some(AUTHENTICATION_METHOD),
            ..Connect::new(self.version, self.client_id)
        };
        connect.encode(&mut bytes).expect("a valid CONNECT");
        bytes
    }

    /// What the deed sends.
    pub(super) fn bytes(&self, deed: Deed, random: &mut Random) -> Vec<u8> {
        match deed {
            Deed::HalfConnect => {
                let mut connect = self.connect(0);
                connect.truncate(1 + random.below(connect.len() - 1));
                connect
            }
            Deed::PublishFirst | Deed::PublishToSys => {
                let topic = if deed == Deed::PublishFirst { "hostile/0" } else { "$SYS/uptime" };
                self.publish(0x32, topic, Some(9), &[])
            }
            Deed::PingFirst => PINGREQ.to_vec(),
            Deed::GarbageFirst | Deed::UnknownPacketType => vec![0x00; 1 + random.below(40)],
            Deed::UnknownProtocol => self.changed_connect(6, |level| *level = 9),
            Deed::ReservedConnectFlag => self.changed_connect(7, |flags| *flags |= 1),
            Deed::WillOfQos3 => self.changed_connect(7, |flags| *flags |= 0b0001_1100),
            Deed::OversizeConnect => header(0x10, OVERSIZE_BYTES),
            Deed::AuthBehindConnect => {
                let mut bytes = self.connect(0);
                bytes.extend(packet(0xF0, &[0x19, 0x00]));
                bytes
            }
            Deed::FloodBehindConnect => {
                let mut bytes = self.connect(0);
                for _ in 0..40 {
                    bytes.extend(self.publish(0x30, "hostile/0", None, &[]));
                }
                bytes
            }
            Deed::WrongFlags => packet(0x80, &[0, 1]),
            Deed::LengthOfFiveBytes => vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            Deed::Qos3 => self.publish(0x36, "hostile/0", Some(9), &[]),
            Deed::PacketIdZero => self.subscribe(0, "hostile/0", 0),
            Deed::WildcardTopic => self.publish(0x32, "hostile/#", Some(9), &[]),
            Deed::InvalidUtf8 => {
                let mut publish = self.publish(0x32, "hostile/0", Some(9), &[]);
                publish[4] = 0xFF;
                publish
            }
            Deed::CutAcknowledgement => packet(0x40, &[7]),
            Deed::SubscribeToNothing => {
                let none: &[u8] = if self.is_five() { &[0, 5, 0] } else { &[0, 5] };
                packet(0x82, none)
            }
            Deed::Oversize => header(0x30, OVERSIZE_BYTES),
            Deed::UnknownProperty => self.publish(0x30, "hostile/0", None, &[0x7A, 0]),
            Deed::PropertyTwice => {
                self.publish(0x30, "hostile/0", None, &[2, 0, 0, 0, 9, 2, 0, 0, 0, 9])
            }
            Deed::SecondConnect => self.connect(0),
            Deed::ServersPacket => match random.below(4) {
                0 => self.accepting_connack(),
                1 if self.is_five() => packet(0x90, &[0, 1, 0, 0]),
                1 => packet(0x90, &[0, 1, 0]),
                2 if self.is_five() => packet(0xB0, &[0, 1, 0, 0]),
                2 => packet(0xB0, &[0, 1]),
                _ => packet(0xD0, &[]),
            },
            Deed::AuthFromNowhere => {
                packet(0xF0, random.pick(&[&[0x19, 0][..], &[0x18, 0][..], &[][..]]))
            }
            Deed::UnknownAlias => self.publish(0x30, "", None, &[0x23, 0, 1]),
            Deed::AliasTooLarge => {
                let alias: &[u8] =
                    if random.chance(50) { &[0x23, 0xFF, 0xFF] } else { &[0x23, 0, 0] };
                self.publish(0x30, "hostile/0", None, alias)
            }
            Deed::TooManyInFlight => {
                let ids = 1_000..1_000 + IN_FLIGHT;
                ids.flat_map(|id| self.publish(0x34, "hostile/0", Some(id), &[])).collect()
            }
            Deed::ExpiryRaised => packet(0xE0, &[0, 5, 0x11, 0, 0, 0, 60]),
            Deed::IdentifierInPublish => self.publish(0x30, "hostile/0", None, &[0x0B, 1]),
            Deed::NoLocalOnShared => self.subscribe(5, "$share/hostile/hostile/0", 0b101),
            Deed::QosAboveMaximum => self.publish(0x34, "hostile/0", Some(9), &[]),
            Deed::RetainUnavailable => self.publish(0x31, "hostile/0", None, &[]),
            Deed::MethodChanged => auth(ReasonCode::ReAuthenticate, "another"),
            Deed::ExchangeFromNowhere => {
                auth(ReasonCode::ContinueAuthentication, AUTHENTICATION_METHOD)
            }
            Deed::UnknownAcknowledgements => {
                let id = u16::try_from(random.between(40_000, 50_000)).expect("a packet id");
                let each = |first| packet(first, &id.to_be_bytes());
                [0x40, 0x50, 0x62, 0x70].into_iter().flat_map(each).collect()
            }
            Deed::WrongAcknowledgements => self.wrong_acknowledgements(random),
            Deed::PublishTwice => {
                let publish = self.publish(0x34, "hostile/0", Some(21), &[]);
                [publish.clone(), publish, packet(0x62, &[0, 21])].concat()
            }
            Deed::ReleaseFirst => {
                let publish = self.publish(0x34, "hostile/0", Some(22), &[]);
                [packet(0x62, &[0, 22]), publish, packet(0x62, &[0, 22])].concat()
            }
            Deed::PingFlood => (0..PINGS_OF_A_FLOOD).flat_map(|_| PINGREQ).collect(),
            Deed::SubscribeFlood => {
                let each = |number| self.subscribe(100 + number, &format!("hostile/{number}"), 2);
                (0..SUBSCRIPTIONS_OF_A_FLOOD).flat_map(each).collect()
            }
            Deed::UnsubscribeUnknown => {
                let mut body = vec![0, 6];
                if self.is_five() {
                    body.push(0);
                }
                put_text(&mut body, "hostile/never");
                packet(0xA2, &body)
            }
            Deed::Greed => {
                let filters = topics::HOSTILE_FILTERS.iter().zip(7..);
                filters.flat_map(|(filter, id)| self.subscribe(id, filter, 2)).collect()
            }
            Deed::GarbageAfterGoodbye => {
                let mut bytes = packet(0xE0, &[]);
                bytes.extend([0xFF; 30]);
                bytes.extend(self.publish(0x32, "hostile/0", Some(9), &[]));
                bytes
            }
            Deed::Silence => Vec::new(),
        }
    }

    fn is_five(&self) -> bool {
        self.version == ProtocolVersion::V5
    }

    /// A CONNACK that says success: a servers' packet, whoever sends it.
    fn accepting_connack(&self) -> Vec<u8> {
        if self.is_five() { packet(0x20, &[0, 0, 0]) } else { packet(0x20, &[0, 0]) }
    }

    /// A CONNECT with one byte behind its fixed header changed.
    fn changed_connect(&self, place: usize, change: impl FnOnce(&mut u8)) -> Vec<u8> {
        let mut connect = self.connect(0);
        change(&mut connect[2 + place]);
        connect
    }

    fn publish(&self, first: u8, topic: &str, id: Option<u16>, properties: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        put_text(&mut body, topic);
        body.extend(id.into_iter().flat_map(u16::to_be_bytes));
        if self.is_five() {
            body.push(u8::try_from(properties.len()).expect("few properties"));
            body.extend(properties);
        }
        // No message of the ledger has this number.
        body.extend(u32::MAX.to_be_bytes());
        packet(first, &body)
    }

    fn subscribe(&self, id: u16, filter: &str, options: u8) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        if self.is_five() {
            body.push(0);
        }
        put_text(&mut body, filter);
        body.push(options);
        packet(0x82, &body)
    }

    /// Answers to what the broker has sent, each of them another than it waits for, perhaps.
    fn wrong_acknowledgements(&self, random: &mut Random) -> Vec<u8> {
        let mut bytes = Vec::new();
        for id in self.received {
            let first = random.pick(&[0x40, 0x50, 0x62, 0x70]);
            bytes.extend(packet(first, &id.to_be_bytes()));
        }
        bytes
    }
}

/// An AUTH packet, which a client may send in another place.
pub(super) fn auth(code: ReasonCode, method: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let auth = Auth { authentication_method: Some(method), ..Auth::new(code) };
    auth.encode(ProtocolVersion::V5, &mut bytes).expect("a valid AUTH");
    bytes
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = header(first, body.len());
    packet.extend(body);
    packet
}

fn header(first: u8, mut length: usize) -> Vec<u8> {
    let mut header = vec![first];
    loop {
        let byte = (length % 128) as u8;
        length /= 128;
        header.push(if length > 0 { byte | 0x80 } else { byte });
        if length == 0 {
            return header;
        }
    }
}

fn put_text(body: &mut Vec<u8>, text: &str) {
    body.extend(u16::try_from(text.len()).expect("a short text").to_be_bytes());
    body.extend(text.as_bytes());
}
