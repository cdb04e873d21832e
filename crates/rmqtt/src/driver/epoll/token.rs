//! What an event of epoll is about.

use rmqtt_broker::LinkId;

/// The 64 bits that epoll keeps for a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The socket of a link.
    Link(LinkId),
    /// A closed socket that waits for its peer.
    Lingering(u32),
}

impl Token {
    const LINGERING: u64 = 1 << 32;

    pub(super) fn to_u64(self) -> u64 {
        match self {
            Self::Link(LinkId(link)) => u64::from(link),
            Self::Lingering(id) => u64::from(id) | Self::LINGERING,
        }
    }

    pub(super) fn from_u64(bits: u64) -> Self {
        let low = (bits & u64::from(u32::MAX)) as u32;
        if bits & Self::LINGERING == 0 { Self::Link(LinkId(low)) } else { Self::Lingering(low) }
    }
}
