use core::fmt;

use rmqtt_message::Message;

/// A node's access to its cluster.
///
/// Its promises, which [`crate::suite`] checks:
///
/// * Every request is answered once, with its ticket: in the same call, or by an
///   [`Event::Answered`]. Answers come in any order.
/// * The epochs granted for a client identifier rise, whichever nodes they are granted to, and over
///   restarts. A store or a peer can therefore tell a former owner from the present one.
/// * A message between nodes may be lost, repeated or overtaken by another. [`Answer::Forwarded`]
///   says that the other node has it.
pub trait Cluster: Send {
    /// The node that this is.
    fn node(&self) -> NodeId;

    /// Takes a request. Never waits for another node.
    fn request(&mut self, ticket: Ticket, request: Request<'_>) -> Answered;

    /// Calls `on_event` for all that has happened since the last call. A cluster that answers later
    /// has been given a way to wake its caller when it was made.
    fn poll_events(&mut self, on_event: &mut dyn FnMut(Event));
}

/// Names a node, for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// Names an open request; chosen by the one who makes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What a node asks of its cluster.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// From now on this node alone has the client's session. Answered by [`Answer::Claimed`].
    Claim {
        /// The client identifier.
        client_id: &'a str,
    },
    /// The session of this claim is over. Answered by [`Answer::Released`], also if another node
    /// has claimed the client since.
    Release {
        /// The client identifier.
        client_id: &'a str,
        /// The epoch that was granted.
        epoch: u64,
    },
    /// Which other node has the client's session? Answered by [`Answer::Located`].
    Locate {
        /// The client identifier.
        client_id: &'a str,
    },
    /// These messages are for subscribers on another node. Answered by [`Answer::Forwarded`].
    Forward {
        /// The node.
        to: NodeId,
        /// The messages, in their order.
        messages: &'a [Message],
    },
    /// What this node's clients are interested in has changed. Answered by [`Answer::Announced`].
    Announce {
        /// The changes, in their order.
        changes: &'a [RouteChange],
    },
}

/// When a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answered {
    /// Here it is.
    Now(Answer),
    /// By an [`Event::Answered`] with the request's ticket.
    Later,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The client's session is this node's.
    Claimed {
        /// The fencing token of this claim: larger than all before it of this client.
        epoch: u64,
        /// The other node that had the session until now, and has been told.
        previous: Option<NodeId>,
    },
    /// The claim is given back.
    Released,
    /// The other node that has the client's session; none if no other one has.
    Located(Option<NodeId>),
    /// The other node has the messages.
    Forwarded,
    /// The other nodes that are up know of the change.
    Announced,
    /// The request was not carried out, or nobody knows whether it was.
    Failed(ClusterError),
}

/// Why a [`Request`] fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterError {
    /// No other node has this name.
    UnknownNode(NodeId),
    /// The node is known, but did not answer in time.
    Unreachable(NodeId),
    /// Too few nodes are up to agree on anything.
    NoQuorum,
    /// More is open than the cluster's bound allows.
    Overloaded,
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownNode(node) => write!(f, "there is no other node {}", node.0),
            Self::Unreachable(node) => write!(f, "node {} does not answer", node.0),
            Self::NoQuorum => f.write_str("too few nodes are up to agree"),
            Self::Overloaded => f.write_str("too many requests to the cluster are open"),
        }
    }
}

impl core::error::Error for ClusterError {}

/// A change of what a node's clients are interested in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteChange {
    /// A topic filter without a prefix.
    pub filter: Box<str>,
    /// Whether any of the node's sessions subscribes to it now.
    pub is_wanted: bool,
}

/// What other nodes do, or have answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The answer to a request of this node.
    Answered {
        /// The request's ticket.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
    },
    /// Another node can be reached.
    NodeUp(NodeId),
    /// Another node cannot be reached any more. It may still be running.
    NodeDown(NodeId),
    /// Another node has claimed a client of this one: its session here has to end.
    Superseded {
        /// The client identifier.
        client_id: Box<str>,
        /// The epoch of the other node's claim. A claim of this node with a later one stands.
        epoch: u64,
        /// The other node.
        by: NodeId,
    },
    /// Messages for this node's subscribers.
    Arrived {
        /// The node that sends them.
        from: NodeId,
        /// The messages, in their order.
        messages: Vec<Message>,
    },
    /// What another node's clients are interested in has changed.
    RoutesChanged {
        /// The node.
        of: NodeId,
        /// The changes, in their order.
        changes: Vec<RouteChange>,
    },
}
