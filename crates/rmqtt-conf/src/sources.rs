//! Where a configuration is looked for, and in which order.

use std::path::PathBuf;

use rmqtt_keys::{Problems, Written};

use crate::options::Options;

/// What the surroundings of a process contribute to its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Files that are read if they are there, without the endings of their names, in the order in
    /// which they are read.
    pub stems: Vec<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
}

/// What the names of variables begin with.
const PREFIX: &str = "RMQTT_";

/// Variables that belong to plugins, which read them themselves.
const PLUGIN_PREFIX: &str = "RMQTT_PLUGIN_";

impl Sources {
    /// Those of this process: `/etc/rmqtt/rmqtt.*`, `/etc/rmqtt.*`, `./rmqtt.*`, and its
    /// environment, as far as that is text.
    #[must_use]
    pub fn of_this_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            stems: ["/etc/rmqtt/rmqtt", "/etc/rmqtt", "./rmqtt"].map(PathBuf::from).to_vec(),
            environment: std::env::vars_os().filter_map(text).collect(),
        }
    }

    /// Everything that was written, a later source laid over the earlier ones: the default files,
    /// the file of the command line, the environment, the command line itself.
    ///
    /// # Errors
    /// Every file that cannot be read, and every syntax error. The file of the command line has to
    /// be there.
    pub fn written(&self, options: &Options) -> Result<Written, Problems> {
        let mut written = Written::default();
        let mut problems = Problems::default();
        let mut files = Vec::new();
        for stem in &self.stems {
            match Written::files_of(stem) {
                Ok(found) => files.extend(found),
                Err(found) => problems.append(found),
            }
        }
        files.extend(options.config.iter().cloned());
        for path in files {
            match Written::from_file(&path) {
                Ok(file) => written.merge(file),
                Err(found) => problems.append(found),
            }
        }
        let variables = self.environment.iter().filter(|(name, _)| !is_of_plugin(name));
        written.add_environment(PREFIX, variables.cloned());
        written.merge(options.written());
        problems.into_result(written)
    }
}

fn is_of_plugin(variable: &str) -> bool {
    let start = variable.get(..PLUGIN_PREFIX.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PLUGIN_PREFIX))
}

#[cfg(test)]
mod tests;
