use crate::{Answer, Answered, Cluster, ClusterError, Event, NodeId, Request, SingleNode, Ticket};

/// A [`SingleNode`] whose answers wait until they are given, or turned into failures, by hand and
/// in any order; and to which events of other nodes can happen.
///
/// For simulations and for tests of what waits for a cluster.
#[derive(Debug)]
pub struct ManualNode {
    node: SingleNode,
    waiting: Vec<(Ticket, Answer)>,
    events: Vec<Event>,
}

impl ManualNode {
    /// As [`SingleNode::new`].
    #[must_use]
    pub const fn new(node: NodeId, last_epoch: u64) -> Self {
        Self { node: SingleNode::new(node, last_epoch), waiting: Vec::new(), events: Vec::new() }
    }

    /// The requests that wait for their answers, the oldest first.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = Ticket> {
        self.waiting.iter().map(|(ticket, _)| *ticket)
    }

    /// Gives the answer to a request. `false`: it is not waiting.
    pub fn answer(&mut self, ticket: Ticket) -> bool {
        self.settle(ticket, None)
    }

    /// Lets a request fail. `false`: it is not waiting.
    pub fn fail(&mut self, ticket: Ticket, error: ClusterError) -> bool {
        self.settle(ticket, Some(error))
    }

    /// Lets something happen.
    pub fn happen(&mut self, event: Event) {
        self.events.push(event);
    }

    fn settle(&mut self, ticket: Ticket, error: Option<ClusterError>) -> bool {
        let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == ticket) else {
            return false;
        };
        let (ticket, answer) = self.waiting.remove(place);
        let answer = error.map_or(answer, Answer::Failed);
        self.events.push(Event::Answered { ticket, answer });
        true
    }
}

impl Cluster for ManualNode {
    fn node(&self) -> NodeId {
        self.node.node()
    }

    fn request(&mut self, ticket: Ticket, request: Request<'_>) -> Answered {
        let answer = self.node.answer(request);
        self.waiting.push((ticket, answer));
        Answered::Later
    }

    fn poll_events(&mut self, on_event: &mut dyn FnMut(Event)) {
        self.events.drain(..).for_each(on_event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Harness, check_alone};

    /// Gives the answers in the reverse order.
    struct Reversed;

    impl Harness for Reversed {
        type Cluster = ManualNode;

        fn create(&mut self, node: NodeId) -> ManualNode {
            ManualNode::new(node, 0)
        }

        fn settle(&mut self, cluster: &mut ManualNode) {
            while let Some(last) = cluster.waiting().last() {
                cluster.answer(last);
            }
        }
    }

    #[test]
    fn the_manual_node_passes_the_suite() {
        check_alone(&mut Reversed);
    }

    #[test]
    fn a_request_waits_until_it_is_answered_or_fails() {
        let mut cluster = ManualNode::new(NodeId(1), 0);
        for ticket in [Ticket(7), Ticket(8)] {
            let answered = cluster.request(ticket, Request::Locate { client_id: "c" });
            assert_eq!(answered, Answered::Later);
        }
        cluster.poll_events(&mut |event| panic!("nothing was answered yet: {event:?}"));
        assert!(cluster.fail(Ticket(8), ClusterError::NoQuorum));
        assert!(!cluster.fail(Ticket(8), ClusterError::NoQuorum));
        cluster.happen(Event::NodeUp(NodeId(2)));
        assert!(cluster.answer(Ticket(7)));
        let mut events = Vec::new();
        cluster.poll_events(&mut |event| events.push(event));
        assert_eq!(
            events,
            [
                Event::Answered {
                    ticket: Ticket(8),
                    answer: Answer::Failed(ClusterError::NoQuorum)
                },
                Event::NodeUp(NodeId(2)),
                Event::Answered { ticket: Ticket(7), answer: Answer::Located(None) },
            ]
        );
        assert_eq!(cluster.waiting().len(), 0);
    }
}
