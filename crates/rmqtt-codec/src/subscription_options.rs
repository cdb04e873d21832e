use crate::{DecodeError, QoS};

/// What a subscription asks for beside its filter (section 3.8.3.1); before MQTT 5.0 only the QoS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SubscriptionOptions {
    /// Maximum QoS: the greatest QoS of messages sent for the subscription.
    pub qos: QoS,
    /// No Local: not the messages that the subscriber itself publishes.
    pub no_local: bool,
    /// Retain As Published: messages keep the retain flag of their publisher.
    pub retain_as_published: bool,
    /// Which retained messages are sent when the subscription is made.
    pub retain_handling: RetainHandling,
}

/// Which retained messages are sent when a subscription is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RetainHandling {
    /// All that match.
    #[default]
    SendAtSubscribe = 0,
    /// All that match, unless the subscription existed.
    SendIfNew = 1,
    /// None.
    DoNotSend = 2,
}

const NO_LOCAL: u8 = 0b0000_0100;
const RETAIN_AS_PUBLISHED: u8 = 0b0000_1000;
const RETAIN_HANDLING_SHIFT: u8 = 4;
const RESERVED: u8 = 0b1100_0000;

impl SubscriptionOptions {
    /// Options with this QoS and the defaults of the rest, which is what MQTT 3.x asks for.
    pub const fn new(qos: QoS) -> Self {
        Self {
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
        }
    }

    /// The options in the byte of an MQTT 5.0 SUBSCRIBE.
    ///
    /// # Errors
    ///
    /// [`DecodeError::SubscriptionOptionsReserved`] [MQTT-3.8.3-5],
    /// [`DecodeError::SubscriptionQosInvalid`] and [`DecodeError::RetainHandlingInvalid`].
    pub const fn from_u8(value: u8) -> Result<Self, DecodeError> {
        if value & RESERVED != 0 {
            return Err(DecodeError::SubscriptionOptionsReserved);
        }
        let Some(qos) = QoS::from_u8(value & 0b11) else {
            return Err(DecodeError::SubscriptionQosInvalid);
        };
        let retain_handling = match value >> RETAIN_HANDLING_SHIFT & 0b11 {
            0 => RetainHandling::SendAtSubscribe,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::DoNotSend,
            _ => return Err(DecodeError::RetainHandlingInvalid),
        };
        Ok(Self {
            qos,
            no_local: value & NO_LOCAL != 0,
            retain_as_published: value & RETAIN_AS_PUBLISHED != 0,
            retain_handling,
        })
    }

    /// The byte that says the options in an MQTT 5.0 SUBSCRIBE.
    pub const fn as_u8(self) -> u8 {
        let mut value = self.qos.as_u8() | (self.retain_handling as u8) << RETAIN_HANDLING_SHIFT;
        if self.no_local {
            value |= NO_LOCAL;
        }
        if self.retain_as_published {
            value |= RETAIN_AS_PUBLISHED;
        }
        value
    }

    /// The options in the byte of an MQTT 3.x SUBSCRIBE, which is the QoS
    /// [MQTT-3.1.1: 3.8.3-4].
    pub(crate) const fn from_u8_v3(value: u8) -> Result<Self, DecodeError> {
        match QoS::from_u8(value) {
            Some(qos) => Ok(Self::new(qos)),
            None if value == 3 => Err(DecodeError::SubscriptionQosInvalid),
            None => Err(DecodeError::SubscriptionOptionsReserved),
        }
    }
}
