//! The broker from its settings to its end.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use rmqtt::context::CommandArgs;
use rmqtt::net::Listener;
use rmqtt::overload::MachineReadings;
use rmqtt::{MqttServer, ServerContext};
use rmqtt_conf::{Driver, Options, Settings};
use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use crate::configuration::Invocation;
use crate::console::say;
use crate::logging::Logging;
use crate::prepared::Prepared;
use crate::screen::Screen;
use crate::signals::{Signal, Signals};
use crate::systemd::{self, watchdog};
use crate::{VERSION, allocator, limits, listeners, overload, plugins, reload};

/// How long clients have to take what was sent to them before their connections are cut.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// Threads that accept connections and do what is slow.
const SIDE_THREADS: usize = 2;

/// How often it is looked whether lines of the log were lost.
const LOST_LINES_INTERVAL: Duration = Duration::from_secs(10);

/// Runs until a signal has ended the broker, or it cannot go on, which it says.
pub(crate) fn run(invocation: Invocation) -> ExitCode {
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(SIDE_THREADS).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            say(format_args!("the runtime cannot be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(life(Arc::new(invocation)));
    // After a second signal nothing is waited for.
    runtime.shutdown_background();
    code
}

/// From the first signal that is heard to the end.
async fn life(invocation: Arc<Invocation>) -> ExitCode {
    let mut signals = match Signals::watch() {
        Ok(signals) => signals,
        Err(error) => {
            say(format_args!("signals cannot be watched: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let for_reading = Arc::clone(&invocation);
    let prepared = tokio::select! {
        prepared = spawn_blocking(move || Prepared::of(&for_reading)) => prepared,
        signal = signals.next_end() => {
            say(format_args!("{signal}: ending before anything was started"));
            return ExitCode::SUCCESS;
        }
    };
    // A panic has been told already.
    let Ok(Some(prepared)) = prepared else { return ExitCode::FAILURE };
    match serve(&prepared, &invocation, &mut signals).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            prepared.logging.end_with(&error);
            ExitCode::FAILURE
        }
    }
}

/// Starts the node and serves until a signal ends it.
///
/// # Errors
/// It cannot be started, or a worker has failed.
async fn serve(
    prepared: &Prepared,
    invocation: &Arc<Invocation>,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let context = context(prepared.configuration.settings(), invocation).await?;
    let started = tokio::select! {
        opened = opened(&context, prepared.configuration.settings()) => opened.map(|()| None),
        signal = signals.next_end() => Ok(Some(signal)),
    };
    let signal = match started {
        Ok(Some(signal)) => signal,
        Ok(None) => {
            screen(prepared, &context).await.show();
            systemd::ready();
            until_signal(&context, invocation, &prepared.logging, signals).await?
        }
        Err(error) => {
            // Plugins that have started already have something to end.
            shut_down(&context, signals).await;
            return Err(error);
        }
    };
    tracing::info!("{signal}: shutting down");
    systemd::stopping();
    shut_down(&context, signals).await;
    Ok(())
}

async fn context(settings: &Settings, invocation: &Invocation) -> anyhow::Result<ServerContext> {
    let readings = MachineReadings::new(allocator::allocated_bytes);
    let mut builder = ServerContext::new()
        .args(arguments(&invocation.options))
        .node_id(settings.node.id)
        .driver(driver(settings)?)
        .limits(limits::of(settings))
        .overload(limits::overload(settings), readings)
        .plugins_config(plugins::config(&settings.plugins, &invocation.sources));
    if let Some(workers) = settings.runtime.workers {
        builder = builder.workers(workers);
    }
    Ok(builder.build().await?)
}

/// Opens the node on a thread of its own: a plugin that keeps it waiting, even without giving its
/// thread back, keeps no signal from being heard. Dropped, it is given up.
async fn opened(context: &ServerContext, settings: &Settings) -> anyhow::Result<()> {
    let (_while_wanted, unwanted) = oneshot::channel::<Infallible>();
    let (context, settings) = (context.clone(), settings.clone());
    let runtime = Handle::current();
    let opening = spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                opened = open(&context, &settings) => opened,
                _ = unwanted => Ok(()),
            }
        })
    });
    opening.await.context("the node was not started")?
}

/// Starts the plugins, then the listeners.
async fn open(context: &ServerContext, settings: &Settings) -> anyhow::Result<()> {
    plugins::register_all(context, plugins::Choice::of(&settings.plugins)).await?;
    let mut server = MqttServer::new(context.clone());
    for listener in &settings.tcp_listeners {
        let config = listeners::config(listener, &settings.tcp_listeners);
        let bound = Listener::bind(config, listeners::policy(listener))
            .map_err(|error| anyhow!("{error}: {}", listeners::advice(listener, &error)))?;
        server = server.listener(bound);
    }
    server.build().start().await?;
    Ok(())
}

/// What the command line says to plugins.
fn arguments(options: &Options) -> CommandArgs {
    let list = |values: &[String]| Some(values.to_vec()).filter(|values| !values.is_empty());
    CommandArgs {
        node_id: options.id,
        plugins_default_startups: options.default_startups(),
        node_grpc_addrs: list(&options.node_grpc_addrs),
        raft_peer_addrs: list(&options.raft_peer_addrs),
        raft_leader_id: options.raft_leader_id,
    }
}

/// Serves until a signal says that it is enough, which is named, and answers those that do not.
async fn until_signal(
    context: &ServerContext,
    invocation: &Arc<Invocation>,
    logging: &Logging,
    signals: &mut Signals,
) -> anyhow::Result<&'static str> {
    let mut lost_lines = interval(LOST_LINES_INTERVAL);
    lost_lines.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watched = watch_over(context);
    tokio::pin!(watched);
    let mut reload = None;
    loop {
        let is_reload_wanted = reload.is_none();
        tokio::select! {
            signal = signals.next(is_reload_wanted) => match signal {
                Signal::End(name) => return Ok(name),
                Signal::Reload => reload = Some(Box::pin(reload::run(context, invocation, logging))),
            },
            // One that waits for long keeps nobody else waiting.
            () = run_if_any(&mut reload) => reload = None,
            failure = context.failure() => bail!(failure),
            _ = lost_lines.tick() => logging.report_lost(),
            () = &mut watched => {}
        }
    }
}

/// Ends with what is under way, if anything is.
async fn run_if_any(task: &mut Option<impl Future<Output = ()> + Unpin>) {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}

/// Gives signs of life to a service manager that waits for them. Never ends.
async fn watch_over(context: &ServerContext) {
    let Some(patience) = watchdog::patience() else {
        return std::future::pending().await;
    };
    let workers_answer = || async {
        context.counters().await;
    };
    watchdog::run(patience, workers_answer, watchdog::alive).await;
}

async fn shut_down(context: &ServerContext, signals: &mut Signals) {
    tokio::select! {
        in_time = context.shutdown(SHUTDOWN_DEADLINE) => {
            if !in_time {
                tracing::warn!("some clients were cut off after {SHUTDOWN_DEADLINE:?}");
            }
        }
        signal = signals.next_end() => tracing::warn!("{signal}: ending at once"),
    }
}

async fn screen<'a>(prepared: &'a Prepared, context: &'a ServerContext) -> Screen<'a> {
    let settings = prepared.configuration.settings();
    let admissions = settings.tcp_listeners.iter().map(listeners::admission);
    let running = context.plugins().statuses().await.into_iter().filter(|status| status.active);
    Screen {
        version: VERSION,
        node_id: context.node_id(),
        data: prepared.data.path().display().to_string(),
        log: prepared.logging.target(),
        open_files: prepared.open_files,
        memory_max: overload::memory_max(settings.node.memory_max_bytes),
        plugins: running.map(|status| status.name).collect(),
        listeners: context.listening().iter().zip(admissions).collect(),
    }
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
