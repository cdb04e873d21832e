//! The thread of a worker.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use tokio::runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;

use crate::driver::{self, Driver};
use crate::node::Node;
use crate::turn::Turn;

/// How many workers have ended, whether one of them should not have, and whether that was all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    pub(crate) count: usize,
    pub(crate) failure: Option<String>,
    /// The broker was shut down to the end.
    pub(crate) is_over: bool,
}

/// Starts a worker's thread, with a tokio runtime of its own.
///
/// # Errors
/// The system has no thread or no descriptor for it.
pub(crate) fn spawn(
    make_turn: impl FnOnce() -> Turn + Send + 'static,
    index: u16,
    driver: Driver,
    node: Arc<Node>,
    ended: watch::Sender<Ended>,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let run = move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            LocalSet::new().block_on(&runtime, run(make_turn(), driver))
        }));
        let failure = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("worker {index} cannot go on: {error}")),
            Err(_panic) => Some(format!("worker {index} has panicked")),
        };
        node.worker_ended(index);
        ended.send_modify(|ended| {
            ended.count += 1;
            ended.failure = ended.failure.take().or(failure);
        });
    };
    thread::Builder::new().name(format!("rmqtt-worker-{index}")).spawn(run).map(drop)
}

async fn run(turn: Turn, driver: Driver) -> io::Result<()> {
    match driver {
        #[cfg(target_os = "linux")]
        Driver::Epoll => driver::epoll::run(turn).await,
        Driver::Portable => driver::portable::run(turn).await,
    }
}
