//! The suite has to notice a cluster that breaks a promise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::ManualNode;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    None,
    ForgetsARequest,
    AnswersTwice,
    RepeatsAnEpoch,
    KnowsAnotherNode,
}

struct Flawed {
    flaw: Flaw,
    inner: ManualNode,
}

impl Cluster for Flawed {
    fn node(&self) -> NodeId {
        self.inner.node()
    }

    fn request(&mut self, ticket: Ticket, request: Request<'_>) -> Answered {
        let answered = self.inner.request(ticket, request);
        if self.flaw == Flaw::ForgetsARequest && matches!(request, Request::Announce { .. }) {
            self.inner.answer(ticket);
            self.inner.poll_events(&mut |_| {});
        }
        answered
    }

    fn poll_events(&mut self, on_event: &mut dyn FnMut(Event)) {
        let flaw = self.flaw;
        self.inner.poll_events(&mut |mut event| {
            if flaw == Flaw::AnswersTwice {
                on_event(event.clone());
            }
            if let Event::Answered { answer, .. } = &mut event {
                match answer {
                    Answer::Claimed { epoch, .. } if flaw == Flaw::RepeatsAnEpoch => *epoch = 1,
                    Answer::Located(node) if flaw == Flaw::KnowsAnotherNode => *node = Some(NODE),
                    _ => {}
                }
            }
            on_event(event);
        });
    }
}

impl Harness for Flaw {
    type Cluster = Flawed;

    fn create(&mut self, node: NodeId) -> Flawed {
        Flawed { flaw: *self, inner: ManualNode::new(node, 0) }
    }

    fn settle(&mut self, cluster: &mut Flawed) {
        while let Some(ticket) = cluster.inner.waiting().last() {
            cluster.inner.answer(ticket);
        }
    }
}

fn passes(mut flaw: Flaw) -> bool {
    catch_unwind(AssertUnwindSafe(|| check_alone(&mut flaw))).is_ok()
}

#[test]
fn a_cluster_passes_without_a_flaw_and_with_one_it_does_not() {
    assert!(passes(Flaw::None));
    for flaw in
        [Flaw::ForgetsARequest, Flaw::AnswersTwice, Flaw::RepeatsAnEpoch, Flaw::KnowsAnotherNode]
    {
        assert!(!passes(flaw), "{flaw:?}");
    }
}
