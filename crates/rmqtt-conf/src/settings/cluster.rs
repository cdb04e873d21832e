//! What the command line says of the cluster, in place of keys of the raft cluster plugin.

use rmqtt_keys::{Place, Problem, Reader, Warning};

use crate::node_addr::NodeAddr;
use crate::options::Options;

/// What brings the keys that concern other nodes.
pub(crate) const PENDING: &str = "cluster";

/// The flags `--node-grpc-addrs`, `--raft-peer-addrs` and `--raft-leader-id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The gRPC addresses of the nodes; empty for those of the plugin's file.
    pub node_grpc_addrs: Vec<NodeAddr>,
    /// The raft addresses of the nodes; empty for those of the plugin's file.
    pub raft_peer_addrs: Vec<NodeAddr>,
    /// The first leader; `None` for the one of the plugin's file.
    pub raft_leader_id: Option<u64>,
}

impl Cluster {
    pub(crate) fn read(options: &Options, reader: &mut Reader<'_>) -> Self {
        let cluster = Self {
            node_grpc_addrs: addrs("--node-grpc-addrs", &options.node_grpc_addrs, reader),
            raft_peer_addrs: addrs("--raft-peer-addrs", &options.raft_peer_addrs, reader),
            raft_leader_id: options.raft_leader_id.filter(|id| *id > 0),
        };
        for (flag, is_used) in [
            ("--node-grpc-addrs", !options.node_grpc_addrs.is_empty()),
            ("--raft-peer-addrs", !options.raft_peer_addrs.is_empty()),
            ("--raft-leader-id", cluster.raft_leader_id.is_some()),
        ] {
            if is_used {
                let message = format!("has no effect yet: this build has no {PENDING}");
                reader.add_warning(Warning { place: Some(Place::flag(flag)), key: None, message });
            }
        }
        cluster
    }
}

fn addrs(flag: &str, texts: &[String], reader: &mut Reader<'_>) -> Vec<NodeAddr> {
    let mut addrs: Vec<NodeAddr> = Vec::with_capacity(texts.len());
    for text in texts {
        let message = match text.parse::<NodeAddr>() {
            Ok(addr) if addrs.iter().any(|other| other.id == addr.id) => {
                format!("node {} is named twice", addr.id)
            }
            Ok(addr) => {
                addrs.push(addr);
                continue;
            }
            Err(error) => format!("{error}, found {text:?}"),
        };
        reader.add_problem(Problem { place: Some(Place::flag(flag)), key: None, message });
    }
    addrs
}
