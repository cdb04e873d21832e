//! The order in which a program may do things, and what it is told when it does not.

use std::time::Duration;

use rmqtt::context::{BuildError, CommandArgs};
use rmqtt::net::Builder;
use rmqtt::plugin::{Plugin, PluginError, PluginsConfig, Ports, async_trait};
use rmqtt::server::RunError;
use rmqtt::{MemoryStore, MqttServer, ServerContext, StartError};
use rmqtt_test::{Connect, RawClient, Version};

const DEADLINE: Duration = Duration::from_secs(20);

fn listener(name: &str) -> rmqtt::net::Listener {
    Builder::new().name(name).laddr(([127, 0, 0, 1], 0).into()).bind().unwrap().tcp().unwrap()
}

async fn context() -> ServerContext {
    ServerContext::new().workers(1).build().await.unwrap()
}

#[test]
fn a_context_needs_a_runtime() {
    let mut build = std::pin::pin!(ServerContext::new().build());
    let mut polled = std::task::Context::from_waker(std::task::Waker::noop());
    match build.as_mut().poll(&mut polled) {
        std::task::Poll::Ready(Err(BuildError::NoRuntime)) => {}
        other => panic!("an error was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn a_broker_is_started_once() {
    let scx = context().await;
    let server = || MqttServer::new(scx.clone()).build();
    server().start().await.unwrap();
    assert!(matches!(server().start().await, Err(StartError::AlreadyStarted)));
    assert!(scx.shutdown(DEADLINE).await);
    assert!(matches!(server().start().await, Err(StartError::Ended)));
}

#[tokio::test]
async fn before_the_start_there_is_nothing_and_the_end_is_final() {
    let scx = context().await;
    assert!(scx.listening().is_empty() && scx.listening_by_id(1).is_none());
    assert_eq!(scx.counters().await, rmqtt::Counters::default());
    assert!(scx.shutdown(DEADLINE).await);
    let run = MqttServer::new(scx).build().run().await;
    assert!(matches!(run, Err(RunError::Start(StartError::Ended))));
}

#[tokio::test]
async fn listeners_are_found_by_their_ids() {
    let scx = context().await;
    let (first, second) = (listener("first"), listener("second"));
    let addresses = [first.local_addr(), second.local_addr()];
    let server = MqttServer::new(scx.clone()).listener(first).listener_by_id(second, 7).build();
    server.start().await.unwrap();
    let listening: Vec<_> = scx.listening().iter().map(|listening| listening.addr).collect();
    assert_eq!(listening, addresses);
    let found = scx.listening_by_id(7).unwrap();
    assert_eq!((found.name.as_str(), found.addr), ("second/tcp", addresses[1]));
    assert!(scx.listening_by_id(8).is_none());
    assert!(scx.shutdown(DEADLINE).await);
}

#[tokio::test]
async fn two_listeners_with_one_id_are_refused_and_nothing_is_lost() {
    let scx = context().await;
    let server = MqttServer::new(scx.clone())
        .listener_by_id(listener("first"), 1)
        .listener_by_id(listener("second"), 1);
    let error = server.build().start().await.unwrap_err();
    assert_eq!(error.to_string(), "listeners first/tcp and second/tcp have the same id 1");
    MqttServer::new(scx.clone()).build().start().await.expect("the context is still open");
    assert!(scx.shutdown(DEADLINE).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_runs_until_it_is_shut_down() {
    let scx = context().await;
    let listener = listener("external");
    let address = listener.local_addr();
    let run = tokio::spawn(MqttServer::new(scx.clone()).listener(listener).build().run());
    // The listening socket exists already; the broker accepts as soon as it runs.
    let joined = tokio::task::spawn_blocking(move || {
        RawClient::connected(address, &Connect::new(Version::V311, "client")).leave();
    });
    joined.await.unwrap();
    assert!(scx.shutdown(DEADLINE).await);
    run.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_command_line_names_the_node() {
    for (argument, id) in [(Some(7), 7), (Some(0), 3), (None, 3)] {
        let args = CommandArgs { node_id: argument, ..CommandArgs::default() };
        let scx = ServerContext::new().args(args.clone()).node_id(3).build().await.unwrap();
        assert_eq!((scx.node_id(), scx.args()), (id, &args));
    }
}

#[tokio::test]
async fn the_place_of_the_plugins_configuration_is_as_it_was_told() {
    let scx = ServerContext::new()
        .plugins_config_dir("/plugins")
        .plugins_config_map([("a", "x = 1")])
        .plugins_config_map_add("b", "y = 2")
        .build()
        .await
        .unwrap();
    let expected = PluginsConfig {
        dir: Some("/plugins".into()),
        texts: [("a", "x = 1"), ("b", "y = 2")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
        environment: Vec::new(),
    };
    assert_eq!(scx.plugins().config(), &expected);
}

#[derive(Plugin)]
struct Keeper;

#[async_trait]
impl Plugin for Keeper {
    fn offer(&self, ports: &mut Ports) {
        ports.store(|_wake| MemoryStore::new());
    }
}

async fn keeper(_scx: ServerContext, _name: String) -> rmqtt::plugin::Result<Keeper> {
    Ok(Keeper)
}

rmqtt::register!(keeper);

#[tokio::test]
async fn a_store_comes_before_the_start_or_not_at_all() {
    let scx = context().await;
    register_named(&scx, "early", true, false).await.unwrap();
    MqttServer::new(scx.clone()).build().start().await.unwrap();
    assert!(scx.plugins().stop("early").await.unwrap());
    let error = register_named(&scx, "late", true, false).await.unwrap_err();
    assert!(matches!(error, PluginError::TooLate { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "plugin late offers a store: it can only be started together with the broker"
    );
    assert!(scx.shutdown(DEADLINE).await);
}
