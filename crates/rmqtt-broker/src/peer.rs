use core::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A peer's address in 18 bytes, for links and sessions that may be many. It forgets the scope of a
/// link-local address, which says something on this machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// One of version 4 in the form that version 6 has for it.
    ip: [u8; 16],
    port: u16,
}

impl From<SocketAddr> for Peer {
    fn from(addr: SocketAddr) -> Self {
        let ip = match addr.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        Self { ip: ip.octets(), port: addr.port() }
    }
}

impl From<Peer> for SocketAddr {
    fn from(peer: Peer) -> Self {
        Self::new(Ipv6Addr::from(peer.ip).to_canonical(), peer.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_and_takes_18_bytes() {
        for text in ["127.0.0.1:1883", "[2001:db8::1]:65535", "[::1]:0"] {
            let addr: SocketAddr = text.parse().unwrap();
            assert_eq!(SocketAddr::from(Peer::from(addr)), addr);
        }
        assert_eq!(size_of::<Peer>(), 18);
    }
}
