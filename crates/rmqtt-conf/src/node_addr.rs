//! `1@10.0.0.1:5363`: where a node of a cluster is found.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The id of a node and where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAddr {
    /// The node's id.
    pub id: u64,
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why a text is not a node's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a node's address of the form ID@HOST:PORT, such as \"1@10.0.0.1:5363\"")]
pub struct NodeAddrError;

impl FromStr for NodeAddr {
    type Err = NodeAddrError;

    fn from_str(text: &str) -> Result<Self, NodeAddrError> {
        let (id, addr) = text.split_once('@').ok_or(NodeAddrError)?;
        let (host, port) = addr.rsplit_once(':').ok_or(NodeAddrError)?;
        let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = in_brackets.unwrap_or(host);
        let is_ipv6 = in_brackets.is_some();
        let is_host = !host.is_empty()
            && host.contains(':') == is_ipv6
            && !host.contains(|c: char| c.is_whitespace() || "@/[]".contains(c));
        match (id.parse(), port.parse()) {
            (Ok(id), Ok(port)) if is_host && port > 0 => {
                Ok(Self { id, host: host.to_owned(), port })
            }
            _ => Err(NodeAddrError),
        }
    }
}

impl fmt::Display for NodeAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, host, port } = self;
        if host.contains(':') {
            write!(f, "{id}@[{host}]:{port}")
        } else {
            write!(f, "{id}@{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_alike() {
        for text in ["1@10.0.0.1:5363", "18446744073709551615@node-2.local:1", "3@[::1]:6003"] {
            assert_eq!(text.parse::<NodeAddr>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "10.0.0.1:5363",
            "1@10.0.0.1",
            "x@h:1",
            "-1@h:1",
            "1@:1",
            "1@h:0",
            "1@h:65536",
            "1@::1:6003",
            "1@a b:1",
            "1@http://h:1",
            "1@2@h:1",
        ] {
            assert_eq!(text.parse::<NodeAddr>(), Err(NodeAddrError), "{text}");
        }
    }
}
