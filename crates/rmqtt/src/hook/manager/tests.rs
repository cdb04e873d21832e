use std::sync::mpsc;
use std::thread;

use rmqtt_broker::hook::Points;

use super::*;

/// Longer than anything that goes well takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A handler that has a register of its own.
struct Nested(Option<Register>, mpsc::Sender<()>);

impl Handler for Nested {}

impl Drop for Nested {
    fn drop(&mut self) {
        drop(self.0.take());
        self.1.send(()).unwrap();
    }
}

struct Explosive;

impl Handler for Explosive {}

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("at the end of a handler");
    }
}

/// Once handlers were dropped while the table was locked: one that took its own register with it
/// stopped the thread for ever, and with it every worker at its next turn.
#[test]
fn a_handler_that_comes_back_to_the_manager_at_its_end_finds_it_open() {
    let manager = HookManager::new();
    let (sender, dropped) = mpsc::channel();
    let mut inner = manager.register("inner");
    inner.add(Point::ClientConnected, Arc::new(Nested(None, sender.clone())));
    let mut outer = manager.register("outer");
    outer.add(Point::ClientConnected, Arc::new(Nested(Some(inner), sender)));
    outer.start();
    thread::spawn(move || drop(outer));
    for _ in 0..2 {
        dropped.recv_timeout(PATIENCE).expect("both handlers are dropped");
    }
    assert_eq!(manager.snapshot().points, Points::NONE);
}

/// Once the panic went through whoever had the last share: a worker, or a plugin's own thread.
#[test]
fn a_handler_that_panics_at_its_end_ends_nobody_else() {
    let manager = HookManager::new();
    let mut register = manager.register("test");
    register.add(Point::ClientConnected, Arc::new(Explosive));
    register.start();
    // As a worker has it.
    let snapshot = manager.snapshot();
    drop(register);
    drop(snapshot);
    assert_eq!(manager.snapshot().points, Points::NONE);
}
