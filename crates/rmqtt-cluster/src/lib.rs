//! What a node needs of other nodes: the port, and what may stand behind it.
//!
//! * [`Cluster`]: requests go in with a [`Ticket`]; each is answered once, in the same call or
//!   later. What other nodes do comes out as an [`Event`].
//! * [`SingleNode`]: the node that is alone. It answers everything in the same call.
//! * [`ManualNode`]: the same, but it answers when it is told to; for simulations.
//! * [`suite`]: what every cluster has to pass.
//!
//! The crate knows no sessions, no subscriptions and no network. It reads no clock.

mod cluster;
mod manual_node;
mod single_node;
pub mod suite;

pub use cluster::{
    Answer, Answered, Cluster, ClusterError, Event, NodeId, Request, RouteChange, Ticket,
};
pub use manual_node::ManualNode;
pub use single_node::SingleNode;
