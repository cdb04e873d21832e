//! What listeners there are, and what distinguishes their keys.

use rmqtt_keys::KeyPath;

/// A kind of listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp,
    Tls,
    Ws,
    Wss,
    Quic,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Tcp, Self::Tls, Self::Ws, Self::Wss, Self::Quic];

    /// Where its listeners stand.
    pub(super) fn path(self) -> KeyPath {
        KeyPath::from("listener").child(match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Quic => "quic",
        })
    }

    /// What this build would need; `None` for what it has.
    pub(super) fn pending(self) -> Option<&'static str> {
        match self {
            Self::Tcp => None,
            Self::Tls => Some("TLS listeners"),
            Self::Ws => Some("WebSocket listeners"),
            Self::Wss => Some("WebSocket listeners over TLS"),
            Self::Quic => Some("QUIC listeners"),
        }
    }

    /// Has it a certificate?
    pub(super) fn is_encrypted(self) -> bool {
        matches!(self, Self::Tls | Self::Wss | Self::Quic)
    }

    /// Does it accept TCP connections?
    pub(super) fn is_tcp(self) -> bool {
        self != Self::Quic
    }
}
