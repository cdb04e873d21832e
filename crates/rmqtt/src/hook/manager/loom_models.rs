//! Handlers are started while a worker looks whether its snapshot is still that of this moment.

use loom::thread;

use super::*;

#[test]
fn a_worker_does_not_go_on_with_the_handlers_of_before() {
    loom::model(|| {
        let manager = loom::sync::Arc::new(HookManager::new());
        let mut register = manager.register("owner");
        register.add(Point::ClientConnected, Arc::new(Nobody));
        let worker = {
            let manager = loom::sync::Arc::clone(&manager);
            thread::spawn(move || {
                let generation = manager.generation();
                (generation, manager.snapshot())
            })
        };
        register.start();
        let (generation, snapshot) = worker.join().expect("no panic");
        let is_listening = snapshot.points.contains(Point::ClientConnected);
        let is_current = generation == manager.generation();
        assert!(!is_current || is_listening, "the snapshot is older than its generation");
    });
}

struct Nobody;

impl Handler for Nobody {}
