//! The whole configuration: the main one, and those of the plugins that start.

use rmqtt_conf::{Options, Settings, Sources, report};
use rmqtt_keys::{Problems, Read};

use crate::plugins::{self, BuiltIn};

/// A configuration without problems.
pub(crate) struct Configuration {
    main: Read<Settings>,
    plugins: Vec<(&'static BuiltIn, Read<()>)>,
}

impl Configuration {
    /// Reads everything; starts and makes nothing.
    ///
    /// # Errors
    /// Every problem of every part, as far as the main one can be understood.
    pub(crate) fn read(options: &Options, sources: &Sources) -> Result<Self, Problems> {
        let main = Settings::read(options, sources)?;
        let config = plugins::config(&main.value, sources);
        let plugins = plugins::check(&main.value, &config)?;
        Ok(Self { main, plugins })
    }

    /// The main part.
    pub(crate) fn settings(&self) -> &Settings {
        &self.main.value
    }

    /// The effective values, each with its source.
    pub(crate) fn report(&self) -> String {
        report::checked("rmqttd", &self.main) + &plugins::report(&self.plugins)
    }

    /// Says what is accepted and has no effect. (Plugins say so themselves.)
    pub(crate) fn log_warnings(&self) {
        for warning in &self.main.warnings {
            tracing::warn!("{warning}");
        }
    }
}
