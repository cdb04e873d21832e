use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmqtt_broker::hook::Point;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::hook::held::Held;

/// Counts the lines that a log would have.
#[derive(Clone, Default)]
struct Lines(Arc<AtomicUsize>);

impl Subscriber for Lines {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, _event: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Silent;

impl Handler for Silent {}

fn entry() -> Entry {
    Entry {
        handler: Held::new(Arc::new(Silent)),
        priority: 0,
        owner: "test".into(),
        complaints: Arc::default(),
    }
}

/// Once every call that failed was a line of the log: a client that a handler could not bear filled
/// the disk as fast as it could publish.
#[test]
fn a_handler_that_fails_again_and_again_is_one_line_of_the_log() {
    let lines = Lines::default();
    let entry = entry();
    tracing::subscriber::with_default(lines.clone(), || {
        for _ in 0..3 {
            let called = call(Point::MessagePublish, &entry, |_| panic!("again"));
            assert!(called.is_none());
        }
    });
    assert_eq!(lines.0.load(Ordering::Relaxed), 1);
}
