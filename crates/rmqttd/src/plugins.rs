//! The plugins of this build, which of them start, and what stands against it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rmqtt::ServerContext;
use rmqtt::plugin::{PluginError, PluginsConfig, Registration};
use rmqtt_conf::{Plugins, Sources, report};
use rmqtt_keys::{KeyPath, Place, Problem, Problems, Read, Warning, Written, nearest_name};

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
pub(crate) fn config(plugins: &Plugins, sources: &Sources) -> PluginsConfig {
    PluginsConfig {
        dir: Some(plugins.dir.clone()),
        environment: sources.environment.clone(),
        ..PluginsConfig::default()
    }
}

/// Checks which plugins start, and the configuration of every one of this build that does.
///
/// # Errors
/// Every problem, with its place in what was `written`.
pub(crate) fn check(
    plugins: &Plugins,
    written: &Written,
    config: &PluginsConfig,
) -> Result<Vec<(&'static BuiltIn, Read<()>)>, Problems> {
    let choice = Choice::of(plugins);
    let mut problems = Problems::default();
    for (key, message) in choice.problems() {
        let key = KeyPath::from(key);
        let place = written.get(&key).map(|entry| entry.place.clone());
        problems.push(Problem { place, key: Some(key), message });
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

/// What is said of a folder that was `written` and is none: then every plugin has its defaults. One
/// that cannot be searched is a problem of each plugin that starts; whoever writes the default does
/// not expect anything of it.
pub(crate) fn missing_folder(plugins: &Plugins, written: &Written) -> Option<Warning> {
    let key = KeyPath::from("plugins.dir");
    let place = written.get(&key)?.place.clone();
    if plugins.dir == Path::new(Plugins::DEFAULT_DIR) {
        return None;
    }
    let is_missing = match fs::metadata(&plugins.dir) {
        Ok(found) => !found.is_dir(),
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    is_missing.then(|| Warning {
        place: Some(place),
        key: Some(key),
        message: format!("{} is no folder: no plugin has a file", plugins.dir.display()),
    })
}

/// Variables of the environment that are spelt like those of plugins, and belong to none.
pub(crate) fn foreign_variables(sources: &Sources) -> Vec<Warning> {
    let names = sources.environment.iter().map(|(name, _)| name);
    let foreign = names.filter(|name| is_of_unknown_plugin(&name.to_uppercase()));
    let warnings = foreign.map(|name| Warning {
        place: Some(Place::Environment(name.as_str().into())),
        key: None,
        message: "names no plugin and has no effect".to_owned(),
    });
    warnings.collect()
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
    pub(crate) fn of(plugins: &'a Plugins) -> Self {
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

    /// Every name that is to start and cannot, and every name that is none: the key that has it, and
    /// a sentence.
    fn problems(&self) -> Vec<(&'static str, String)> {
        let is_disabled = |name: &String| self.disabled.contains(name);
        let startups = self.startups.iter().filter(|name| !is_disabled(name));
        let startups = startups.filter_map(|name| refusal(name));
        // A plugin that is not built does not start: that is what was wanted.
        let disabled = self.disabled.iter().filter(|name| !NOT_BUILT.contains(&name.as_str()));
        let disabled = disabled.filter_map(|name| refusal(name));
        let startups = startups.map(|sentence| ("plugins.default_startups", sentence));
        let disabled = disabled.map(|sentence| ("plugins.disabled_default_startups", sentence));
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

/// Why a plugin of this name cannot be started.
fn refusal(name: &str) -> Option<String> {
    if BUILT_IN.iter().any(|plugin| plugin.name == name) {
        return None;
    }
    Some(if NOT_BUILT.contains(&name) {
        format!("this build has no plugin {name} yet: take the name out of the list to start")
    } else {
        match nearest_name(name, names()) {
            Some(nearest) => format!("there is no plugin {name}, the nearest is {nearest}"),
            None => format!("there is no plugin {name}"),
        }
    })
}

/// The names of all plugins, built or not.
fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|plugin| plugin.name).chain(NOT_BUILT.iter().copied())
}

/// Does a variable in upper case begin as those of plugins do, and belong to none?
fn is_of_unknown_plugin(variable: &str) -> bool {
    const PREFIX: &str = "RMQTT_PLUGIN_";
    let Some(rest) = variable.strip_prefix(PREFIX) else { return false };
    !names().any(|name| {
        let name = name.replace('-', "_").to_uppercase();
        rest.strip_prefix(&name).is_some_and(|key| key.starts_with('_'))
    })
}
