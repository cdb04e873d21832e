//! Where a configuration is looked for, and in which order.

use std::path::{Path, PathBuf};

use rmqtt_keys::{Place, Problems, Warning, Written};

use crate::options::Options;

/// What the surroundings of a process contribute to its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Files that are read if they are there, without the endings of their names, in the order in
    /// which they are read.
    pub stems: Vec<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The names of variables that are no text, or whose values are none, with signs in place of what
    /// is no text in them.
    pub unreadable_variables: Vec<String>,
}

/// What the names of variables begin with.
const PREFIX: &str = "RMQTT_";

/// Variables that belong to plugins, which read them themselves.
const PLUGIN_PREFIX: &str = "RMQTT_PLUGIN_";

impl Sources {
    /// Those of this process: `/etc/rmqtt/rmqtt.*`, `/etc/rmqtt.*`, `./rmqtt.*`, and its
    /// environment.
    #[must_use]
    pub fn of_this_process() -> Self {
        let stems = ["/etc/rmqtt/rmqtt", "/etc/rmqtt", "./rmqtt"].map(PathBuf::from).to_vec();
        let mut sources = Self { stems, ..Self::default() };
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => sources.environment.push((name, value)),
                (Ok(name), Err(_)) => sources.unreadable_variables.push(name),
                (Err(name), _) => {
                    sources.unreadable_variables.push(name.to_string_lossy().into_owned());
                }
            }
        }
        sources
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
        let found = self.stems.iter().map(|stem| Written::files_of(stem));
        let mut files = Vec::new();
        for found in found.chain(options.config.iter().map(|name| named_file(name))) {
            match found {
                Ok(found) => files.extend(found),
                Err(found) => problems.append(found),
            }
        }
        for path in once_each(files) {
            match Written::from_file(&path) {
                Ok(file) => written.merge(file),
                Err(found) => problems.append(found),
            }
        }
        let variables = self.environment.iter().filter(|(name, _)| !begins(name, PLUGIN_PREFIX));
        written.add_environment(PREFIX, variables.cloned());
        for name in self.unreadable_variables.iter().filter(|name| begins(name, PREFIX)) {
            written.add_warning(Warning {
                place: Some(Place::Environment(name.as_str().into())),
                key: None,
                message: "is no text in UTF-8 and has no effect".to_owned(),
            });
        }
        written.merge(options.written());
        problems.into_result(written)
    }
}

/// The file of the command line. A name without the ending that the file has stands for it.
fn named_file(name: &Path) -> Result<Vec<PathBuf>, Problems> {
    if !name.is_file() {
        let files = Written::files_of(name)?;
        if let [_, second, ..] = &files[..] {
            let message = format!("{} is meant too: the ending has to be named", second.display());
            return Err(Problems::one(Some(Place::whole_file(&files[0])), message));
        }
        if !files.is_empty() {
            return Ok(files);
        }
    }
    Ok(vec![name.to_owned()])
}

/// The files in their order, each where it comes last: one that has two names here would be read, and
/// its errors be told, twice.
fn once_each(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<(PathBuf, PathBuf)> = Vec::new();
    for file in files {
        let real = file.canonicalize().unwrap_or_else(|_| file.clone());
        kept.retain(|(other, _)| *other != real);
        kept.push((real, file));
    }
    kept.into_iter().map(|(_, file)| file).collect()
}

fn begins(variable: &str, prefix: &str) -> bool {
    variable.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests;
