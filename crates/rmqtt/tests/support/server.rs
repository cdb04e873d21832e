//! A broker with one open listener.

use rmqtt::net::Listener;
use rmqtt::{Anonymous, Driver, ListenerConfig, ListenerPolicy, MqttServer, ServerContext};
use tokio::runtime::Runtime;

/// Starts it with two workers, to which connections go in turn.
pub(crate) fn start(runtime: &Runtime, driver: Driver) -> ServerContext {
    let config = ListenerConfig {
        max_connections: 100_000,
        ..ListenerConfig::new("test".to_owned(), "127.0.0.1:0".parse().unwrap())
    };
    let policy = ListenerPolicy { anonymous: Anonymous::Always, ..ListenerPolicy::default() };
    runtime.block_on(async {
        let context = ServerContext::new().workers(2).driver(driver).build().await.unwrap();
        let listener = Listener::bind(config, policy).unwrap();
        MqttServer::new(context.clone()).listener(listener).build().start().await.unwrap();
        context
    })
}

/// Where the context accepts and waits.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}
