//! Lines that wait for a target, and the thread that writes them.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that may wait; at some 200 bytes each about 3 MiB.
const LINES_MAX: usize = 16_384;

/// A target's queue. Dropping it waits until the lines are written, for at most a second.
pub(super) struct Queue {
    writer: NonBlocking,
    refused: ErrorCounter,
    failed: Arc<AtomicUsize>,
    reported: AtomicUsize,
    _writes_until_dropped: WorkerGuard,
}

impl Queue {
    pub(super) fn start(thread: &str, target: impl Write + Send + 'static) -> Self {
        Self::with_room(thread, LINES_MAX, target)
    }

    fn with_room(thread: &str, lines_max: usize, target: impl Write + Send + 'static) -> Self {
        let failed = Arc::new(AtomicUsize::new(0));
        let counting = Counting { target, failed: Arc::clone(&failed) };
        let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(lines_max);
        let (writer, guard) = builder.thread_name(thread).finish(counting);
        Self {
            refused: writer.error_counter(),
            writer,
            failed,
            reported: AtomicUsize::new(0),
            _writes_until_dropped: guard,
        }
    }

    /// What a line is handed to.
    pub(super) fn writer(&self) -> NonBlocking {
        self.writer.clone()
    }

    /// Lines that were lost since the last call.
    pub(super) fn take_lost(&self) -> usize {
        let lost = self.refused.dropped_lines() + self.failed.load(Ordering::Acquire);
        lost - self.reported.swap(lost, Ordering::AcqRel)
    }
}

/// Counts the lines that its target does not take; each line is one call.
struct Counting<W> {
    target: W,
    failed: Arc<AtomicUsize>,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.target.write_all(line).is_err() {
            self.failed.fetch_add(1, Ordering::AcqRel);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Takes a line when the test allows it.
    struct Slow {
        begun: Sender<()>,
        allowed: Receiver<()>,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Slow {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.begun.send(()).unwrap();
            // An error means that the test has allowed all.
            let _ = self.allowed.recv();
            self.taken.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_slow_target_and_the_lines_it_costs_are_counted() {
        let (begun, has_begun) = channel();
        let (allow, allowed) = channel();
        let taken = Arc::default();
        let slow = Slow { begun, allowed, taken: Arc::clone(&taken) };
        let queue = Queue::with_room("slow", 2, slow);
        queue.writer().write_all(b"0").unwrap();
        has_begun.recv().unwrap();
        // One is being written, two wait, and the others find no room.
        for line in [b"1", b"2", b"3", b"4"] {
            queue.writer().write_all(line).unwrap();
        }
        assert_eq!(queue.take_lost(), 2);
        assert_eq!(queue.take_lost(), 0);
        drop(allow);
        drop(queue);
        assert_eq!(*taken.lock().unwrap(), b"012");
    }

    #[test]
    fn a_line_that_cannot_be_written_is_counted() {
        let queue = Queue::start("full", Full);
        let (mut writer, failed) = (queue.writer(), Arc::clone(&queue.failed));
        writer.write_all(b"a").unwrap();
        writer.write_all(b"b").unwrap();
        // Dropping it waits for the thread.
        drop(queue);
        assert_eq!(failed.load(Ordering::Acquire), 2);
    }
}
