//! The broker from its settings to its end.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use rmqtt::context::CommandArgs;
use rmqtt::net::Listener;
use rmqtt::overload::MachineReadings;
use rmqtt::plugin::PluginError;
use rmqtt::{MqttServer, ServerContext};
use rmqtt_conf::{Driver, Options, Settings, Sources};
use tokio::time::{MissedTickBehavior, interval};

use crate::configuration::Configuration;
use crate::data_dir::{DataDir, Surroundings};
use crate::logging::Logging;
use crate::screen::Screen;
use crate::signals::{Signal, Signals};
use crate::systemd::{self, watchdog};
use crate::{VERSION, allocator, files, limits, listeners, overload, plugins};

/// How long clients have to take what was sent to them before their connections are cut.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// Threads that accept connections and do what is slow.
const SIDE_THREADS: usize = 2;

/// How often it is looked whether lines of the log were lost.
const LOST_LINES_INTERVAL: Duration = Duration::from_secs(10);

/// Runs until a signal has ended the broker.
///
/// # Errors
/// It cannot be started, or a worker has failed.
pub(crate) fn run(
    settings: &Settings,
    options: &Options,
    sources: &Sources,
    logging: &Logging,
) -> anyhow::Result<()> {
    let open_files = files::raise_limit();
    let data_dir = match &settings.node.data_dir {
        Some(path) => path.clone(),
        None => Surroundings::of_this_process().data_dir()?,
    };
    let data = DataDir::open(&data_dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(SIDE_THREADS)
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let outcome = runtime.block_on(async {
        let mut signals = Signals::watch().context("signals cannot be watched")?;
        let context = start(settings, options, sources).await?;
        screen(settings, &context, &data, logging, open_files).await.show();
        systemd::ready();
        let signal = serve(&context, options, sources, logging, &mut signals).await?;
        tracing::info!("{signal}: shutting down");
        systemd::stopping();
        shut_down(&context, &mut signals).await;
        Ok(())
    });
    // After a second signal nothing is waited for.
    runtime.shutdown_background();
    outcome
}

async fn start(
    settings: &Settings,
    options: &Options,
    sources: &Sources,
) -> anyhow::Result<ServerContext> {
    let readings = MachineReadings::new(allocator::allocated_bytes);
    let mut builder = ServerContext::new()
        .args(arguments(options))
        .node_id(settings.node.id)
        .driver(driver(settings)?)
        .limits(limits::of(settings))
        .overload(limits::overload(settings), readings)
        .plugins_config(plugins::config(&settings.plugins, sources));
    if let Some(workers) = settings.runtime.workers {
        builder = builder.workers(workers);
    }
    let context = builder.build().await?;
    if let Err(error) = open(&context, settings).await {
        // Plugins that have started already have something to end.
        context.shutdown(SHUTDOWN_DEADLINE).await;
        return Err(error);
    }
    Ok(context)
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
async fn serve(
    context: &ServerContext,
    options: &Options,
    sources: &Sources,
    logging: &Logging,
    signals: &mut Signals,
) -> anyhow::Result<&'static str> {
    let mut lost_lines = interval(LOST_LINES_INTERVAL);
    lost_lines.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watched = watch_over(context);
    tokio::pin!(watched);
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::End(name) => return Ok(name),
                // A plugin that waits for long while it reloads does not keep the node from ending.
                Signal::Reload => tokio::select! {
                    () = reload(context, options, sources, logging) => {}
                    name = signals.next_end() => return Ok(name),
                },
            },
            failure = context.failure() => bail!(failure),
            _ = lost_lines.tick() => logging.report_lost(),
            () = &mut watched => {}
        }
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

/// Reads again what can be changed while the node runs: the log's level, and the configuration of
/// plugins. What has a problem stays as it was.
async fn reload(context: &ServerContext, options: &Options, sources: &Sources, logging: &Logging) {
    systemd::reloading();
    logging.reopen_file();
    tracing::info!("SIGHUP: reading the configuration again");
    match Configuration::read(options, sources) {
        Ok(configuration) => {
            logging.set_level(configuration.settings().log.level);
            reload_plugins(context).await;
            tracing::info!("log.level and the plugins' files are read; other keys need a restart");
        }
        Err(problems) => {
            for problem in problems.iter() {
                tracing::error!("{problem}");
            }
            tracing::error!("the configuration has problems: nothing was changed");
        }
    }
    systemd::ready();
}

async fn reload_plugins(context: &ServerContext) {
    for status in context.plugins().statuses().await {
        if !status.active || status.immutable {
            continue;
        }
        match context.plugins().load_config(&status.name).await {
            Ok(()) | Err(PluginError::NotInitialised { .. }) => {}
            Err(error) => tracing::error!("{error}"),
        }
    }
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

async fn screen<'a>(
    settings: &'a Settings,
    context: &'a ServerContext,
    data: &DataDir,
    logging: &Logging,
    open_files: Option<u64>,
) -> Screen<'a> {
    let admissions = settings.tcp_listeners.iter().map(listeners::admission);
    let running = context.plugins().statuses().await.into_iter().filter(|status| status.active);
    Screen {
        version: VERSION,
        node_id: context.node_id(),
        data: data.path().display().to_string(),
        log: logging.target(),
        open_files,
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
