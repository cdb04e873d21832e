use core::fmt;
use core::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Where a message came from, for counters and for those who watch.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Sender<'a> {
    /// What kind of sender it was.
    pub kind: SenderKind,
    /// Who it was, as [`SenderDetails::encode`] wrote it; empty where nobody asked for it when the
    /// message was taken.
    pub details: &'a [u8],
}

/// What kind of sender a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum SenderKind {
    /// A PUBLISH of a client.
    #[default]
    Client = 0,
    /// The Will of a client.
    Will = 1,
    /// An administrator, through an interface of the broker.
    Admin = 2,
    /// The broker itself.
    System = 3,
    /// Another system, through a bridge.
    Bridge = 4,
}

impl SenderKind {
    /// Every kind, by its number.
    pub const ALL: [Self; 5] = [Self::Client, Self::Will, Self::Admin, Self::System, Self::Bridge];

    /// The kind with this number.
    #[must_use]
    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderDetails<'a> {
    /// The client identifier.
    pub client_id: &'a str,
    /// The user name.
    pub username: Option<&'a str>,
    /// The address of the connection, if it had one at that time.
    pub peer: Option<SocketAddr>,
}

impl<'a> Sender<'a> {
    /// Who it was, if that was written down.
    #[must_use]
    pub fn decode(&self) -> Option<SenderDetails<'a>> {
        SenderDetails::decode(self.details)
    }
}

impl<'a> SenderDetails<'a> {
    /// Appends the details in the form that a message carries.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let flags = u8::from(self.username.is_some()) | u8::from(self.peer.is_some()) << 1;
        out.push(flags);
        put_text(out, self.client_id);
        if let Some(username) = self.username {
            put_text(out, username);
        }
        if let Some(peer) = self.peer {
            let ip = match peer.ip() {
                IpAddr::V4(ip) => ip.to_ipv6_mapped(),
                IpAddr::V6(ip) => ip,
            };
            out.extend_from_slice(&ip.octets());
            out.extend_from_slice(&peer.port().to_le_bytes());
        }
    }

    fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (flags, rest) = bytes.split_first()?;
        let (client_id, rest) = take_text(rest)?;
        let (username, rest) = match flags & 1 {
            0 => (None, rest),
            _ => take_text(rest).map(|(name, rest)| (Some(name), rest))?,
        };
        let peer = match flags & 2 {
            0 => None,
            _ => Some(address(rest)?),
        };
        Some(Self { client_id, username, peer })
    }
}

fn address(bytes: &[u8]) -> Option<SocketAddr> {
    let (ip, port) = bytes.split_at_checked(16)?;
    let ip = Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?).to_canonical();
    Some(SocketAddr::new(ip, u16::from_le_bytes(port.try_into().ok()?)))
}

/// Client identifiers and user names are strings of MQTT: at most 65,535 bytes.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let len = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&text.as_bytes()[..usize::from(len)]);
}

fn take_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = bytes.split_at_checked(2)?;
    let len = u16::from_le_bytes([len[0], len[1]]);
    let (text, rest) = rest.split_at_checked(usize::from(len))?;
    Some((core::str::from_utf8(text).ok()?, rest))
}

impl fmt::Debug for Sender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who a client is stays out of logs.
        f.debug_struct("Sender").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_come_back_as_they_were_written() {
        for username in [None, Some(""), Some("user")] {
            for peer in [None, Some("10.0.0.1:7"), Some("[fe80::1]:65535")] {
                let peer = peer.map(|text| text.parse().unwrap());
                let details = SenderDetails { client_id: "client", username, peer };
                let mut bytes = Vec::new();
                details.encode(&mut bytes);
                let sender = Sender { kind: SenderKind::Will, details: &bytes };
                assert_eq!(sender.decode(), Some(details));
                for cut in 0..bytes.len() {
                    let sender = Sender { details: &bytes[..cut], ..sender };
                    assert_eq!(sender.decode(), None, "cut at {cut}");
                }
            }
        }
    }
}
