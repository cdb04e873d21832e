//! What the command line of a daemon says to the broker and its plugins.

/// Arguments of the command line. The broker itself obeys `node_id`; the others are for whoever
/// registers plugins, and for plugins that form a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandArgs {
    /// `--id`: takes the place of the node id if it is more than 0.
    pub node_id: Option<u64>,
    /// `--plugins-default-startups`: the plugins to start, in place of those of the configuration.
    pub plugins_default_startups: Option<Vec<String>>,
    /// `--node-grpc-addrs`, each `ID@HOST:PORT`.
    pub node_grpc_addrs: Option<Vec<String>>,
    /// `--raft-peer-addrs`, each `ID@HOST:PORT`.
    pub raft_peer_addrs: Option<Vec<String>>,
    /// `--raft-leader-id`
    pub raft_leader_id: Option<u64>,
}
