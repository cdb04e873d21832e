//! SIGHUP: what is read again while the node runs.

use std::sync::Arc;

use rmqtt::ServerContext;
use rmqtt::plugin::PluginError;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::configuration::{Configuration, Invocation};
use crate::logging::Logging;
use crate::systemd;

/// Reads again what can be changed while the node runs: the log's level, and the configuration of
/// plugins. What has a problem stays as it was. Files are read on threads of their own, since signals
/// and the service manager are answered meanwhile.
pub(crate) async fn run(context: &ServerContext, invocation: &Arc<Invocation>, logging: &Logging) {
    systemd::reloading();
    logging.reopen_file();
    tracing::info!("SIGHUP: reading the configuration again");
    let invocation = Arc::clone(invocation);
    match spawn_blocking(move || Configuration::read(&invocation)).await {
        Ok(Ok(configuration)) => {
            logging.set_level(configuration.settings().log.level);
            let (context, runtime) = (context.clone(), Handle::current());
            let plugins = spawn_blocking(move || runtime.block_on(plugins(&context)));
            if let Err(error) = plugins.await {
                tracing::error!("the plugins' files are not read: {error}");
            }
            tracing::info!("log.level and the plugins' files are read; other keys need a restart");
        }
        Ok(Err(problems)) => {
            for problem in problems.iter() {
                tracing::error!("{problem}");
            }
            tracing::error!("the configuration has problems: nothing was changed");
        }
        Err(error) => tracing::error!("the configuration is not read: {error}"),
    }
    systemd::ready();
}

async fn plugins(context: &ServerContext) {
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
