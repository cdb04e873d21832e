/// How surely a message is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0: sent once, never acknowledged.
    #[default]
    AtMostOnce = 0,
    /// QoS 1: sent until acknowledged, may arrive more than once.
    AtLeastOnce = 1,
    /// QoS 2: arrives once.
    ExactlyOnce = 2,
}

impl QoS {
    /// The number of this level, 0 to 2.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The level with this number; none for 3 and above.
    #[inline]
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// Whether a PUBLISH of this level carries a packet identifier and is answered.
    pub const fn is_acknowledged(self) -> bool {
        !matches!(self, Self::AtMostOnce)
    }
}

impl From<QoS> for u8 {
    fn from(qos: QoS) -> Self {
        qos.as_u8()
    }
}
