//! What threads share, in every order of their steps: nobody waits for what has already come, and
//! nothing is left lying.
//!
//! These are the constructions of this crate, but for the hooks' snapshot, which has its own beside
//! it. What is only behind a lock, or a channel of a library, or a flag that stands for itself
//! (overload, gauges, the cards of sessions) has no order that could be wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use loom::sync::atomic::AtomicUsize;
use loom::thread;
use rmqtt_broker::{
    Address, Caller, Directory, DirectoryConfig, Request, Routes, SessionRef, Subject,
};
use rmqtt_message::Now;
use rmqtt_session::UnsubscribeRequest;

use crate::directory_port::DirectoryPort;
use crate::inbox::{Errand, Inbox, Mail};
use crate::stats::Gauged;

const NOW: Now = Now { mono_ms: 1_000, wall_ms: 1_000 };

#[test]
fn a_worker_that_waits_is_woken_by_everything_that_is_put() {
    loom::model(|| {
        let inbox = loom::sync::Arc::new(Inbox::new(0));
        let senders: Vec<_> = (0..2)
            .map(|_| {
                let inbox = loom::sync::Arc::clone(&inbox);
                thread::spawn(move || inbox.put(|mail| mail.errands.push(Errand::ShedLink)))
            })
            .collect();
        let (mut mail, mut refused, mut come) = (Mail::default(), Vec::new(), 0);
        while come < 2 {
            inbox.wake_signal().wait();
            inbox.take(&mut mail, &mut refused);
            come += mail.errands.drain(..).count();
        }
        for sender in senders {
            sender.join().expect("no panic");
        }
    });
}

#[test]
fn a_worker_whose_inbox_is_closed_meanwhile_leaves_nothing_in_it() {
    loom::model(|| {
        let inbox = loom::sync::Arc::new(Inbox::new(0));
        let sender = {
            let inbox = loom::sync::Arc::clone(&inbox);
            thread::spawn(move || inbox.put(|mail| mail.errands.push(Errand::ShedLink)))
        };
        inbox.close();
        sender.join().expect("no panic");
        let mut mail = Mail::default();
        inbox.take(&mut mail, &mut Vec::new());
        assert!(mail.errands.is_empty());
    });
}

#[test]
fn every_request_is_served_whoever_has_the_directory() {
    loom::model(|| {
        let routes = Arc::new(Routes::new(1, 7));
        let directory = Directory::new(DirectoryConfig::default(), routes);
        let port = loom::sync::Arc::new(DirectoryPort::new(directory, Arc::new(Gauged::default())));
        let answered = loom::sync::Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let port = loom::sync::Arc::clone(&port);
                let answered = loom::sync::Arc::clone(&answered);
                thread::spawn(move || {
                    port.submit(&mut vec![request()], NOW, |_, _| {
                        answered.fetch_add(1, Ordering::SeqCst);
                    });
                })
            })
            .collect();
        for worker in workers {
            worker.join().expect("no panic");
        }
        // Nobody comes any more who would find a request that was left.
        assert_eq!(answered.load(Ordering::SeqCst), 2);
    });
}

/// It is answered, whoever asks.
fn request() -> Request {
    let address = Address { worker: 0, slot: 0, epoch: 0 };
    let to = Subject { session: SessionRef(0), asker: Caller { address, ticket: None } };
    let packet_id = rmqtt_codec::PacketId::new(1).expect("it is not 0");
    Request::Unsubscribe { to, request: UnsubscribeRequest { packet_id, filters: Vec::new() } }
}
