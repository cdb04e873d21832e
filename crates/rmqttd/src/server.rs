//! The broker from its settings to its end.

use std::time::Duration;

use anyhow::{Context, bail};
use rmqtt::ServerContext;
use rmqtt_conf::{Driver, Settings};

use crate::signals::Signals;
use crate::{files, limits, listeners};

/// How long clients have to take what was sent to them before their connections are cut.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// Threads that accept connections and do what is slow.
const SIDE_THREADS: usize = 2;

/// Runs until a signal has ended the broker.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    files::raise_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(SIDE_THREADS)
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let outcome = runtime.block_on(serve(settings));
    // After a second signal nothing is waited for.
    runtime.shutdown_background();
    outcome
}

async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let mut signals = Signals::watch().context("signals cannot be watched")?;
    let context = start(settings)?;
    tokio::select! {
        signal = signals.next() => tracing::info!("{signal}: shutting down"),
        failure = context.failure() => bail!(failure),
    }
    tokio::select! {
        in_time = context.shutdown(SHUTDOWN_DEADLINE) => {
            if !in_time {
                tracing::warn!("some clients were cut off after {SHUTDOWN_DEADLINE:?}");
            }
        }
        signal = signals.next() => tracing::warn!("{signal}: ending at once"),
    }
    Ok(())
}

fn start(settings: &Settings) -> anyhow::Result<ServerContext> {
    let mut builder = ServerContext::builder()
        .node_id(settings.node.id)
        .driver(driver(settings)?)
        .limits(limits::of(settings))
        .share_strategy(limits::share_strategy(settings.shared_subscription.strategy));
    if let Some(workers) = settings.runtime.workers {
        builder = builder.workers(workers);
    }
    for listener in &settings.tcp_listeners {
        builder = builder.listener(listeners::config(listener), listeners::policy(listener));
    }
    let context = builder.start()?;
    for (listening, listener) in context.listening().iter().zip(&settings.tcp_listeners) {
        let admission = listeners::admission(listener);
        tracing::info!("listener {}: listening on {}, {admission}", listening.name, listening.addr);
    }
    tracing::info!("rmqttd is ready");
    Ok(context)
}

#[cfg(target_os = "linux")]
fn driver(settings: &Settings) -> anyhow::Result<rmqtt::Driver> {
    Ok(match settings.runtime.driver {
        Driver::Epoll => rmqtt::Driver::Epoll,
        Driver::Portable => rmqtt::Driver::Portable,
    })
}

#[cfg(not(target_os = "linux"))]
fn driver(settings: &Settings) -> anyhow::Result<rmqtt::Driver> {
    match settings.runtime.driver {
        Driver::Epoll => bail!("runtime.driver: this system has no epoll"),
        Driver::Portable => Ok(rmqtt::Driver::Portable),
    }
}
