//! What every cluster has to pass: the promises of [`Cluster`] as functions that panic when one is
//! broken.
//!
//! [`check_alone`] holds for a node that has no other one, whatever kind of cluster it belongs to.

use std::collections::BTreeMap;

use crate::{Answer, Answered, Cluster, ClusterError, Event, NodeId, Request, RouteChange, Ticket};

/// How the suite handles a kind of cluster.
pub trait Harness {
    /// The kind.
    type Cluster: Cluster;

    /// A cluster of this one node, which has had no earlier life.
    fn create(&mut self, node: NodeId) -> Self::Cluster;

    /// Lets the cluster answer all that was asked.
    fn settle(&mut self, cluster: &mut Self::Cluster);
}

/// The promises about a node without others.
///
/// # Panics
///
/// When one is broken.
pub fn check_alone(harness: &mut impl Harness) {
    every_request_is_answered_once(harness);
    epochs_rise(harness);
    nobody_else_is_there(harness);
}

fn every_request_is_answered_once(harness: &mut impl Harness) {
    let mut cluster = harness.create(NODE);
    assert_eq!(cluster.node(), NODE);
    let changes = [RouteChange { filter: "a/+".into(), is_wanted: true }];
    let requests = [
        Request::Claim { client_id: "one" },
        Request::Claim { client_id: "two" },
        Request::Locate { client_id: "one" },
        Request::Release { client_id: "two", epoch: 1 },
        Request::Forward { to: NodeId(9), messages: &[] },
        Request::Announce { changes: &changes },
    ];
    let mut answers = BTreeMap::new();
    for round in 0..3 {
        let tickets = (round * 100..).map(Ticket).zip(requests);
        let expected: Vec<Ticket> = tickets.clone().map(|(ticket, _)| ticket).collect();
        for (ticket, request) in tickets {
            if let Answered::Now(answer) = cluster.request(ticket, request) {
                answers.insert(ticket, answer);
            }
        }
        harness.settle(&mut cluster);
        cluster.poll_events(&mut |event| {
            if let Event::Answered { ticket, answer } = event {
                let earlier = answers.insert(ticket, answer);
                assert_eq!(earlier, None, "{ticket:?} is answered twice");
            }
        });
        let answered: Vec<Ticket> = answers.keys().copied().collect();
        assert_eq!(answered, expected, "every request is answered, and nothing else is");
        answers.clear();
    }
}

fn epochs_rise(harness: &mut impl Harness) {
    let mut cluster = harness.create(NODE);
    let mut last_epoch = 0;
    for _ in 0..3 {
        let answer = ask(harness, &mut cluster, Request::Claim { client_id: "c" });
        let Answer::Claimed { epoch, previous: None } = answer else {
            panic!("a node alone claims from nobody: {answer:?}");
        };
        assert!(epoch > last_epoch, "epoch {epoch} after {last_epoch}");
        last_epoch = epoch;
        let release = Request::Release { client_id: "c", epoch };
        assert_eq!(ask(harness, &mut cluster, release), Answer::Released);
    }
}

fn nobody_else_is_there(harness: &mut impl Harness) {
    let mut cluster = harness.create(NODE);
    ask(harness, &mut cluster, Request::Claim { client_id: "here" });
    for client_id in ["here", "nowhere"] {
        let answer = ask(harness, &mut cluster, Request::Locate { client_id });
        assert_eq!(answer, Answer::Located(None), "no other node has {client_id:?}");
    }
    for to in [NODE, NodeId(9)] {
        let answer = ask(harness, &mut cluster, Request::Forward { to, messages: &[] });
        assert_eq!(answer, Answer::Failed(ClusterError::UnknownNode(to)));
    }
}

/// The answer to one request, while no other is open.
fn ask<H: Harness>(harness: &mut H, cluster: &mut H::Cluster, request: Request<'_>) -> Answer {
    let mut answer = match cluster.request(Ticket(1), request) {
        Answered::Now(answer) => return answer,
        Answered::Later => None,
    };
    harness.settle(cluster);
    cluster.poll_events(&mut |event| {
        if let Event::Answered { ticket: Ticket(1), answer: given } = event {
            answer = Some(given);
        }
    });
    answer.expect("a settled cluster has answered")
}

const NODE: NodeId = NodeId(3);

#[cfg(test)]
mod tests;
