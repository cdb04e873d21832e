use rmqtt_codec::{ProtocolVersion, ReasonCode};

use ReasonCode::{
    MalformedPacket, PacketTooLarge, ProtocolError, ReceiveMaximumExceeded, TopicAliasInvalid,
    TopicNameInvalid,
};

/// Something that a client may not do, or that only a strange one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    // In place of a CONNECT, or with it.
    HalfConnect,
    PublishFirst,
    PingFirst,
    GarbageFirst,
    UnknownProtocol,
    ReservedConnectFlag,
    WillOfQos3,
    OversizeConnect,
    AuthBehindConnect,
    FloodBehindConnect,
    // Bytes that are no packet.
    UnknownPacketType,
    WrongFlags,
    LengthOfFiveBytes,
    Qos3,
    PacketIdZero,
    WildcardTopic,
    InvalidUtf8,
    CutAcknowledgement,
    SubscribeToNothing,
    Oversize,
    UnknownProperty,
    PropertyTwice,
    // Packets that may not come.
    SecondConnect,
    ServersPacket,
    AuthFromNowhere,
    UnknownAlias,
    AliasTooLarge,
    TooManyInFlight,
    ExpiryRaised,
    IdentifierInPublish,
    NoLocalOnShared,
    QosAboveMaximum,
    RetainUnavailable,
    MethodChanged,
    ExchangeFromNowhere,
    // Packets that are strange, and do no harm.
    UnknownAcknowledgements,
    WrongAcknowledgements,
    PublishTwice,
    ReleaseFirst,
    PingFlood,
    SubscribeFlood,
    UnsubscribeUnknown,
    PublishToSys,
    Greed,
    // Ends.
    GarbageAfterGoodbye,
    Silence,
}

/// What the broker has to do about a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sentence {
    /// Nothing: the connection goes on.
    Tolerated,
    /// The connection ends. A client of MQTT 5 that is connected is told one of these codes, and one
    /// that is not, one of them or nothing.
    Ends(&'static [ReasonCode]),
}

/// How a deed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The broker has accepted the CONNECT.
    Accepted,
    /// The broker has gone on to answer what came after it.
    GoesOn,
    /// The broker has closed the connection, with this code or without a word.
    Closed(Option<ReasonCode>),
    /// Nothing has happened in all the time that there was.
    Ignored,
}

impl Deed {
    pub(crate) const HANDSHAKE: &'static [Self] = &[
        Self::HalfConnect,
        Self::PublishFirst,
        Self::PingFirst,
        Self::GarbageFirst,
        Self::UnknownProtocol,
        Self::ReservedConnectFlag,
        Self::WillOfQos3,
        Self::OversizeConnect,
        Self::AuthBehindConnect,
        Self::FloodBehindConnect,
    ];

    pub(crate) const ONLINE: &'static [Self] = &[
        Self::UnknownPacketType,
        Self::WrongFlags,
        Self::LengthOfFiveBytes,
        Self::Qos3,
        Self::PacketIdZero,
        Self::WildcardTopic,
        Self::InvalidUtf8,
        Self::CutAcknowledgement,
        Self::SubscribeToNothing,
        Self::Oversize,
        Self::UnknownProperty,
        Self::PropertyTwice,
        Self::SecondConnect,
        Self::ServersPacket,
        Self::AuthFromNowhere,
        Self::UnknownAlias,
        Self::AliasTooLarge,
        Self::TooManyInFlight,
        Self::ExpiryRaised,
        Self::IdentifierInPublish,
        Self::NoLocalOnShared,
        Self::QosAboveMaximum,
        Self::RetainUnavailable,
        Self::MethodChanged,
        Self::ExchangeFromNowhere,
        Self::UnknownAcknowledgements,
        Self::WrongAcknowledgements,
        Self::PublishTwice,
        Self::ReleaseFirst,
        Self::PingFlood,
        Self::SubscribeFlood,
        Self::UnsubscribeUnknown,
        Self::PublishToSys,
        Self::Greed,
        Self::GarbageAfterGoodbye,
        Self::Silence,
    ];

    /// All of them, in the order of their numbers.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::HANDSHAKE.iter().chain(Self::ONLINE).copied()
    }

    /// Whether a client of this version can do it.
    pub(super) fn is_of(self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::V5
            || !matches!(
                self,
                Self::AuthBehindConnect
                    | Self::UnknownProperty
                    | Self::PropertyTwice
                    | Self::UnknownAlias
                    | Self::AliasTooLarge
                    | Self::TooManyInFlight
                    | Self::ExpiryRaised
                    | Self::IdentifierInPublish
                    | Self::NoLocalOnShared
                    | Self::MethodChanged
                    | Self::ExchangeFromNowhere
            )
    }

    /// Whether few clients, or few listeners, give an occasion for it.
    pub(super) fn is_seldom_possible(self) -> bool {
        matches!(
            self,
            Self::WrongAcknowledgements
                | Self::QosAboveMaximum
                | Self::RetainUnavailable
                | Self::MethodChanged
                | Self::ExchangeFromNowhere
                | Self::TooManyInFlight
        )
    }

    pub(crate) fn sentence(self) -> Sentence {
        match self {
            Self::FloodBehindConnect
            | Self::UnknownAcknowledgements
            | Self::WrongAcknowledgements
            | Self::PublishTwice
            | Self::ReleaseFirst
            | Self::PingFlood
            | Self::SubscribeFlood
            | Self::UnsubscribeUnknown
            | Self::PublishToSys
            | Self::Greed => Sentence::Tolerated,
            // Who has said goodbye is told nothing.
            Self::GarbageAfterGoodbye => Sentence::Ends(&[]),
            Self::HalfConnect
            | Self::PublishFirst
            | Self::PingFirst
            | Self::GarbageFirst
            | Self::UnknownProtocol
            | Self::ReservedConnectFlag
            | Self::WillOfQos3
            | Self::OversizeConnect => Sentence::Ends(&[
                MalformedPacket,
                ProtocolError,
                ReasonCode::UnsupportedProtocolVersion,
                PacketTooLarge,
            ]),
            Self::UnknownPacketType
            | Self::WrongFlags
            | Self::LengthOfFiveBytes
            | Self::Qos3
            | Self::InvalidUtf8
            | Self::CutAcknowledgement
            | Self::UnknownProperty => Sentence::Ends(&[MalformedPacket]),
            Self::PacketIdZero | Self::SubscribeToNothing => {
                Sentence::Ends(&[MalformedPacket, ProtocolError])
            }
            Self::WildcardTopic => {
                Sentence::Ends(&[TopicNameInvalid, MalformedPacket, ProtocolError])
            }
            Self::Oversize => Sentence::Ends(&[PacketTooLarge]),
            Self::ServersPacket => Sentence::Ends(&[ProtocolError, MalformedPacket]),
            Self::AuthBehindConnect
            | Self::PropertyTwice
            | Self::SecondConnect
            | Self::AuthFromNowhere
            | Self::ExpiryRaised
            | Self::IdentifierInPublish
            | Self::NoLocalOnShared
            | Self::ExchangeFromNowhere => Sentence::Ends(&[ProtocolError]),
            Self::QosAboveMaximum => Sentence::Ends(&[ReasonCode::QoSNotSupported]),
            Self::RetainUnavailable => Sentence::Ends(&[ReasonCode::RetainNotSupported]),
            Self::MethodChanged => {
                Sentence::Ends(&[ReasonCode::BadAuthenticationMethod, ProtocolError])
            }
            Self::UnknownAlias => Sentence::Ends(&[ProtocolError, TopicAliasInvalid]),
            Self::AliasTooLarge => Sentence::Ends(&[TopicAliasInvalid]),
            Self::TooManyInFlight => Sentence::Ends(&[ReceiveMaximumExceeded]),
            Self::Silence => Sentence::Ends(&[ReasonCode::KeepAliveTimeout]),
        }
    }

    /// Whether CONNACK says success before the end comes.
    pub(crate) fn may_be_accepted_first(self) -> bool {
        self == Self::AuthBehindConnect
    }

    /// Whether the connection ends by the clock, and not by what was sent.
    pub(super) fn takes_time(self) -> bool {
        matches!(self, Self::HalfConnect | Self::Silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_is_listed_once_and_in_order() {
        for (number, deed) in Deed::all().enumerate() {
            assert_eq!(deed as usize, number, "{deed:?}");
        }
        assert_eq!(Deed::all().last(), Some(Deed::Silence));
    }
}
