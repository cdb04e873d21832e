use crate::{Answer, Answered, Cluster, ClusterError, Event, NodeId, Request, Ticket};

/// The cluster of a node that is alone: nobody else has a session or wants a message.
///
/// It remembers nothing about clients, since this node's own directory does.
#[derive(Debug)]
pub struct SingleNode {
    node: NodeId,
    last_epoch: u64,
}

impl SingleNode {
    /// `last_epoch`: at least as large as every epoch that was granted in earlier lives of this
    /// node; 0 if there was none.
    #[must_use]
    pub const fn new(node: NodeId, last_epoch: u64) -> Self {
        Self { node, last_epoch }
    }

    /// The answer to a request.
    pub(crate) fn answer(&mut self, request: Request<'_>) -> Answer {
        match request {
            Request::Claim { .. } => {
                self.last_epoch += 1;
                Answer::Claimed { epoch: self.last_epoch, previous: None }
            }
            Request::Release { .. } => Answer::Released,
            Request::Locate { .. } => Answer::Located(None),
            Request::Forward { to, .. } => Answer::Failed(ClusterError::UnknownNode(to)),
            Request::Announce { .. } => Answer::Announced,
        }
    }
}

impl Cluster for SingleNode {
    fn node(&self) -> NodeId {
        self.node
    }

    fn request(&mut self, _ticket: Ticket, request: Request<'_>) -> Answered {
        Answered::Now(self.answer(request))
    }

    fn poll_events(&mut self, _on_event: &mut dyn FnMut(Event)) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Harness, check_alone};

    struct Alone;

    impl Harness for Alone {
        type Cluster = SingleNode;

        fn create(&mut self, node: NodeId) -> SingleNode {
            SingleNode::new(node, 0)
        }

        fn settle(&mut self, _cluster: &mut SingleNode) {}
    }

    #[test]
    fn the_single_node_passes_the_suite() {
        check_alone(&mut Alone);
    }

    #[test]
    fn epochs_go_on_from_an_earlier_life() {
        let mut cluster = SingleNode::new(NodeId(1), 41);
        let claimed = cluster.request(Ticket(1), Request::Claim { client_id: "c" });
        assert_eq!(claimed, Answered::Now(Answer::Claimed { epoch: 42, previous: None }));
    }
}
