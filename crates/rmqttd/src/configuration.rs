//! The whole configuration: the main one, and those of the plugins that start.

use rmqtt_conf::{Options, Settings, Sources, report};
use rmqtt_keys::{KeyPath, Problems, Read, Written};

use crate::listeners;
use crate::plugins::{self, BuiltIn};

/// How the process was called.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) options: Options,
    pub(crate) sources: Sources,
}

/// A configuration without problems.
pub(crate) struct Configuration {
    main: Read<Settings>,
    plugins: Vec<(&'static BuiltIn, Read<()>)>,
}

impl Configuration {
    /// Reads everything; starts and makes nothing.
    ///
    /// # Errors
    /// Every problem of every part. Where `[plugins]` itself has one, what it would have started is
    /// not judged.
    pub(crate) fn read(invocation: &Invocation) -> Result<Self, Problems> {
        let Invocation { options, sources } = invocation;
        let written = sources.written(options)?;
        let (main, mut problems) = match Settings::read_written(&written, options) {
            Ok(main) => (Some(main), Problems::default()),
            Err(problems) => (None, problems),
        };
        let chosen = match &main {
            Some(main) => Some(main.value.plugins.clone()),
            None => plugins_alone(&written),
        };
        let mut plugins = Vec::new();
        if let Some(chosen) = chosen {
            match plugins::check(&chosen, &written, &plugins::config(&chosen, sources)) {
                Ok(checked) => plugins = checked,
                Err(found) => problems.append(found),
            }
        }
        let mut main = problems.into_result(main)?.expect("what has no problem was read");
        main.warnings.extend(plugins::missing_folder(&main.value.plugins, &written));
        main.warnings.extend(plugins::foreign_variables(sources));
        Ok(Self { main, plugins })
    }

    /// The main part.
    pub(crate) fn settings(&self) -> &Settings {
        &self.main.value
    }

    /// The effective values, each with its source, and who may connect where.
    pub(crate) fn report(&self) -> String {
        report::checked("rmqttd", &self.main)
            + &listeners::report(&self.settings().tcp_listeners)
            + &plugins::report(&self.plugins)
    }

    /// Says what is accepted and has no effect. (Plugins say so themselves.)
    pub(crate) fn log_warnings(&self) {
        for warning in &self.main.warnings {
            tracing::warn!("{warning}");
        }
    }
}

/// What `[plugins]` says where other sections have problems, so that those of the plugins are told
/// with them.
fn plugins_alone(written: &Written) -> Option<rmqtt_conf::Plugins> {
    let alone = written.part(&KeyPath::from("plugins"));
    Settings::from_written(&alone).ok().map(|settings| settings.plugins)
}
