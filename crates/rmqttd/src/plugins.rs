//! The plugins of this build, which of them start, and what stands against it.

use rmqtt::ServerContext;
use rmqtt::plugin::{PluginError, PluginsConfig, Registration};
use rmqtt_conf::{Settings, Sources, report};
use rmqtt_keys::{Problem, Problems, Read, nearest_name};

include!(concat!(env!("OUT_DIR"), "/plugin.rs"));

#[cfg(test)]
#[path = "../build/plugin_table.rs"]
mod plugin_table;

/// A plugin that is compiled in.
pub(crate) struct BuiltIn {
    /// The name under which it is registered.
    pub(crate) name: &'static str,
    /// How it is made, and what its configuration may say.
    pub(crate) registration: fn() -> Registration,
    /// It is started unless the configuration disables it.
    pub(crate) default_startup: bool,
}

/// The plugins of RMQTT that this build does not have. They are refused by name rather than as unknown.
const NOT_BUILT: &[&str] = &[
    "rmqtt-acl",
    "rmqtt-auth-http",
    "rmqtt-auth-jwt",
    "rmqtt-auto-subscription",
    "rmqtt-bridge-egress-kafka",
    "rmqtt-bridge-egress-mqtt",
    "rmqtt-bridge-egress-nats",
    "rmqtt-bridge-egress-pulsar",
    "rmqtt-bridge-egress-reductstore",
    "rmqtt-bridge-ingress-kafka",
    "rmqtt-bridge-ingress-mqtt",
    "rmqtt-bridge-ingress-nats",
    "rmqtt-bridge-ingress-pulsar",
    "rmqtt-bridge-origin",
    "rmqtt-cluster-broadcast",
    "rmqtt-cluster-raft",
    "rmqtt-http-api",
    "rmqtt-message-storage",
    "rmqtt-p2p-messaging",
    "rmqtt-session-storage",
    "rmqtt-sys-topic",
    "rmqtt-topic-rewrite",
    "rmqtt-web-hook",
];

/// What the configuration says of which plugins start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    /// `plugins.default_startups`
    pub(crate) startups: &'a [String],
    /// `plugins.disabled_default_startups`, which wins.
    pub(crate) disabled: &'a [String],
}

/// Where the plugins' configuration is.
pub(crate) fn config(settings: &Settings, sources: &Sources) -> PluginsConfig {
    PluginsConfig {
        dir: Some(settings.plugins.dir.clone()),
        environment: sources.environment.clone(),
        ..PluginsConfig::default()
    }
}

/// Checks which plugins start, and the configuration of every one of this build that does.
///
/// # Errors
/// Every problem.
pub(crate) fn check(
    settings: &Settings,
    config: &PluginsConfig,
) -> Result<Vec<(&'static BuiltIn, Read<()>)>, Problems> {
    let choice = Choice::of(settings);
    let mut problems = Problems::default();
    for message in choice.problems() {
        problems.push(Problem { place: None, key: None, message });
    }
    let mut checked = Vec::new();
    for plugin in BUILT_IN.iter().filter(|plugin| choice.starts(plugin.name)) {
        let check = (plugin.registration)().check;
        match config.written(plugin.name).and_then(|written| check(&written)) {
            Ok(read) => checked.push((plugin, read)),
            Err(found) => problems.append(found),
        }
    }
    problems.into_result(checked)
}

/// What `--check-config` prints of them.
pub(crate) fn report(checked: &[(&BuiltIn, Read<()>)]) -> String {
    let texts = checked.iter().map(|(plugin, read)| {
        let heading = format!("plugin {}", plugin.name);
        format!("\n{}", report::checked(&heading, read))
    });
    texts.collect()
}

impl<'a> Choice<'a> {
    /// What these settings say.
    pub(crate) fn of(settings: &'a Settings) -> Self {
        let plugins = &settings.plugins;
        Self { startups: &plugins.default_startups, disabled: &plugins.disabled_default_startups }
    }
}

impl Choice<'_> {
    /// Is this plugin of the build started?
    pub(crate) fn starts(&self, name: &str) -> bool {
        let is_default =
            BUILT_IN.iter().any(|plugin| plugin.name == name && plugin.default_startup);
        let names = |list: &[String]| list.iter().any(|listed| listed == name);
        (is_default || names(self.startups)) && !names(self.disabled)
    }

    /// Every name that is to start and cannot, and every name that is none, one sentence each.
    pub(crate) fn problems(&self) -> Vec<String> {
        let is_disabled = |name: &String| self.disabled.contains(name);
        let startups = self.startups.iter().filter(|name| !is_disabled(name));
        let startups = startups.filter_map(|name| refusal("plugins.default_startups", name));
        // A plugin that is not built does not start: that is what was wanted.
        let disabled = self.disabled.iter().filter(|name| !NOT_BUILT.contains(&name.as_str()));
        let disabled =
            disabled.filter_map(|name| refusal("plugins.disabled_default_startups", name));
        startups.chain(disabled).collect()
    }
}

/// Registers every plugin of the build, and starts those that are to.
///
/// # Errors
/// One of them could not start; the error names it.
pub(crate) async fn register_all(
    scx: &ServerContext,
    choice: Choice<'_>,
) -> Result<(), PluginError> {
    registers(scx, |name| choice.starts(name)).await
}

fn refusal(key: &str, name: &str) -> Option<String> {
    if BUILT_IN.iter().any(|plugin| plugin.name == name) {
        return None;
    }
    Some(if NOT_BUILT.contains(&name) {
        format!("{key}: the plugin {name} is not part of this build yet")
    } else {
        let built_in = BUILT_IN.iter().map(|plugin| plugin.name);
        let names = built_in.chain(NOT_BUILT.iter().copied());
        match nearest_name(name, names) {
            Some(nearest) => format!("{key}: there is no plugin {name}, the nearest is {nearest}"),
            None => format!("{key}: there is no plugin {name}"),
        }
    })
}
