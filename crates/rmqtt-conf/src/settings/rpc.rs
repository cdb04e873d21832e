//! `[rpc]`: the server to which other nodes speak.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use rmqtt_keys::{Section, key};

use super::cluster::PENDING;

/// `[rpc]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rpc {
    /// `server_addr`. Default 0.0.0.0:5363.
    pub server_addr: SocketAddr,
    /// `reuseaddr`: SO_REUSEADDR. Default true.
    pub reuseaddr: bool,
    /// `reuseport`: SO_REUSEPORT. Default false.
    pub reuseport: bool,
}

const DEFAULT_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 5363);

impl Rpc {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let addr = key("server_addr", "Where other nodes of the cluster reach this one.");
        let reuseaddr = key("reuseaddr", "SO_REUSEADDR of that socket.");
        let reuseport = key("reuseport", "SO_REUSEPORT of that socket.");
        Self {
            server_addr: section.socket_addr(addr.pending(PENDING), DEFAULT_ADDR),
            reuseaddr: section.boolean(reuseaddr.pending(PENDING), true),
            reuseport: section.boolean(reuseport.pending(PENDING), false),
        }
    }
}
