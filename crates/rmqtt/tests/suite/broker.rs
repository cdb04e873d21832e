//! A broker for one test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rmqtt::context::ContextBuilder;
use rmqtt::hook::{Handler, Point, Register};
use rmqtt::net::Listener;
use rmqtt::plugin::Sharing;
use rmqtt::{
    Anonymous, Counters, Driver, ListenerConfig, ListenerPolicy, MqttServer, RetainedLimits,
    ServerContext,
};
use tokio::runtime::Runtime;

/// Longer than anything that goes well takes.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(20);

/// A broker with two workers. Connections go to worker 0 and worker 1 in turn.
pub(crate) struct Broker {
    runtime: Runtime,
    context: ServerContext,
    register: Register,
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
        change: impl FnOnce(ContextBuilder) -> ContextBuilder,
    ) -> Self {
        Self::start_listening(driver, 10_000, policy, change)
    }

    pub(crate) fn start_listening(
        driver: Driver,
        max_connections: usize,
        policy: ListenerPolicy,
        change: impl FnOnce(ContextBuilder) -> ContextBuilder,
    ) -> Self {
        let prepare = async |_: &ServerContext, _: &mut Register| {};
        Self::start_prepared(driver, max_connections, policy, change, prepare)
    }

    /// A broker with a handler at these points.
    pub(crate) fn start_hooked(
        driver: Driver,
        policy: ListenerPolicy,
        points: &[Point],
        handler: impl Handler,
    ) -> Self {
        let handler: Arc<dyn Handler> = Arc::new(handler);
        let prepare = async |_: &ServerContext, register: &mut Register| {
            for point in points {
                register.add(*point, Arc::clone(&handler));
            }
            register.start();
        };
        Self::start_prepared(driver, 10_000, policy, |builder| builder, prepare)
    }

    /// A broker with what this registers.
    pub(crate) fn start_with_plugins(
        driver: Driver,
        register: impl AsyncFnOnce(&ServerContext),
    ) -> Self {
        let prepare = async |context: &ServerContext, _: &mut Register| register(context).await;
        Self::start_prepared(driver, 10_000, open_policy(), |builder| builder, prepare)
    }

    fn start_prepared(
        driver: Driver,
        max_connections: usize,
        policy: ListenerPolicy,
        change: impl FnOnce(ContextBuilder) -> ContextBuilder,
        prepare: impl AsyncFnOnce(&ServerContext, &mut Register),
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
        let builder = ServerContext::new()
            .driver(driver)
            .workers(2)
            .retain(RetainedLimits::default())
            .shared_subscription(Sharing::default());
        let builder = change(builder);
        let (context, register) = runtime.block_on(async {
            let context = builder.build().await.unwrap();
            let mut register = context.hooks().register("test");
            prepare(&context, &mut register).await;
            let listener = Listener::bind(config, policy).unwrap();
            MqttServer::new(context.clone()).listener(listener).build().start().await.unwrap();
            (context, register)
        });
        Self { runtime, context, register }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.context.listening()[0].addr
    }

    /// The handlers of [`Broker::start_hooked`].
    pub(crate) fn register(&mut self) -> &mut Register {
        &mut self.register
    }

    pub(crate) fn context(&self) -> &ServerContext {
        &self.context
    }

    pub(crate) fn block_on<T>(&self, work: impl AsyncFnOnce(&ServerContext) -> T) -> T {
        self.runtime.block_on(work(&self.context))
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
