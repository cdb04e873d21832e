//! A broker for one test.

use std::net::SocketAddr;
use std::time::Duration;

use rmqtt::{Anonymous, Builder, Counters, Driver, ListenerConfig, ListenerPolicy, ServerContext};
use tokio::runtime::Runtime;

/// Longer than anything that goes well takes.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(20);

/// A broker with two workers. Connections go to worker 0 and worker 1 in turn.
pub(crate) struct Broker {
    runtime: Runtime,
    context: ServerContext,
}

/// Every driver of this system.
pub(crate) fn drivers() -> Vec<Driver> {
    vec![
        #[cfg(target_os = "linux")]
        Driver::Epoll,
        Driver::Portable,
    ]
}

/// A listener that admits everybody.
pub(crate) fn open_policy() -> ListenerPolicy {
    ListenerPolicy {
        name: "test/tcp".to_owned(),
        anonymous: Anonymous::Always,
        ..ListenerPolicy::default()
    }
}

impl Broker {
    pub(crate) fn start(driver: Driver) -> Self {
        Self::start_with(driver, open_policy(), |builder| builder)
    }

    pub(crate) fn start_with(
        driver: Driver,
        policy: ListenerPolicy,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        Self::start_listening(driver, 10_000, policy, change)
    }

    pub(crate) fn start_listening(
        driver: Driver,
        max_connections: usize,
        policy: ListenerPolicy,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let config = ListenerConfig {
            max_connections,
            ..ListenerConfig::new(policy.name.clone(), "127.0.0.1:0".parse().unwrap())
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let builder = ServerContext::builder().driver(driver).workers(2).listener(config, policy);
        let context = {
            let _entered = runtime.enter();
            change(builder).start().unwrap()
        };
        Self { runtime, context }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.context.listening()[0].addr
    }

    pub(crate) fn counters(&self) -> Counters {
        self.runtime.block_on(self.context.counters())
    }

    /// Shuts down in the background; the receiver tells whether all was done in time.
    pub(crate) fn begin_shutdown(&self) -> tokio::task::JoinHandle<bool> {
        let context = self.context.clone();
        self.runtime.spawn(async move { context.shutdown(SHUTDOWN_DEADLINE).await })
    }

    pub(crate) fn wait<T>(&self, task: tokio::task::JoinHandle<T>) -> T {
        self.runtime.block_on(task).unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.runtime.block_on(self.context.shutdown(SHUTDOWN_DEADLINE));
        }
    }
}
