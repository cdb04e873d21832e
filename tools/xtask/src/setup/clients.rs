//! The Python and Node client libraries, at locked versions, in cargo's target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::requirements::{Client, Language, is_at_least};
use crate::process::{self, Deadline};
use crate::workspace::Workspace;

/// The name of the file that holds what a folder was made from. It is written last, so a folder
/// without it is unfinished.
const STAMP: &str = "made-from";

/// The folders of the client libraries.
#[derive(Debug)]
pub(crate) struct Clients {
    /// Where the lock files are.
    locks: PathBuf,
    /// Where the libraries are put.
    folder: PathBuf,
}

impl Clients {
    /// The clients of this repository, in its target directory.
    pub(crate) fn new(workspace: &Workspace) -> Self {
        Self { locks: workspace.root().join("clients"), folder: workspace.target().join("clients") }
    }

    /// The interpreter that knows the Python libraries.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("python/bin/python")
    }

    /// The folder in which Node finds its libraries.
    pub(crate) fn node_modules(&self) -> PathBuf {
        self.folder.join("node/node_modules")
    }

    /// Installs the libraries that the lock files name, unless they were already installed from
    /// the same files by the same interpreters.
    pub(super) fn put_in_place(&self, deadline: Deadline) -> Result<()> {
        self.put_python(deadline).context("cannot install the Python clients")?;
        self.put_node(deadline).context("cannot install the Node clients")
    }

    fn put_python(&self, deadline: Deadline) -> Result<()> {
        let lock = self.locks.join("python/requirements.txt");
        let folder = self.folder.join("python");
        let which = ["-c", "import sys; print(sys.executable, sys.version)"];
        let made_from = made_from(Command::new("python3").args(which), &[&lock])?;
        if is_made_from(&folder, &made_from) {
            return Ok(());
        }
        begin(&folder)?;
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder), deadline)?;
        let mut pip = Command::new(self.python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(lock);
        process::run(&mut pip, deadline)?;
        finish(&folder, &made_from)
    }

    fn put_node(&self, deadline: Deadline) -> Result<()> {
        let files = ["package.json", "package-lock.json"];
        let locks = files.map(|file| self.locks.join("node").join(file));
        let folder = self.folder.join("node");
        let made_from = made_from(Command::new("node").arg("--version"), &[&locks[0], &locks[1]])?;
        if is_made_from(&folder, &made_from) {
            return Ok(());
        }
        begin(&folder)?;
        for (file, lock) in files.iter().zip(&locks) {
            fs::copy(lock, folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        process::run(&mut npm, deadline)?;
        finish(&folder, &made_from)
    }

    /// Checks that each library can be loaded and is not older than the list of requirements says.
    pub(super) fn check(&self, clients: &[Client]) -> Result<()> {
        for client in clients {
            let answer = process::ask(&mut self.version_command(client))?;
            if !answer.status.success() {
                bail!("the client {} cannot be loaded:\n{}", client.package, answer.text.trim());
            }
            if !is_at_least(&answer.text, &client.least) {
                bail!(
                    "the lock files under `clients` fix {} at {}; requirements.toml asks for {}",
                    client.package,
                    answer.text.trim(),
                    client.least
                );
            }
        }
        Ok(())
    }

    fn version_command(&self, client: &Client) -> Command {
        match client.language {
            Language::Python => {
                let script = "import importlib.metadata, sys; \
                              print(importlib.metadata.version(sys.argv[1]))";
                let mut python = Command::new(self.python());
                python.args(["-c", script, &client.package]);
                python
            }
            Language::Node => {
                let script = "console.log(require(process.argv[1] + '/package.json').version)";
                let mut node = Command::new("node");
                node.args(["-e", script, &client.package]).env("NODE_PATH", self.node_modules());
                node
            }
        }
    }
}

/// All that decides what a folder will hold: the interpreter and the lock files.
fn made_from(interpreter: &mut Command, locks: &[&Path]) -> Result<String> {
    let mut text = process::ask(interpreter)?.text;
    for lock in locks {
        let content = fs::read_to_string(lock);
        text.push_str(&content.with_context(|| format!("cannot read {}", lock.display()))?);
    }
    Ok(text)
}

fn is_made_from(folder: &Path, made_from: &str) -> bool {
    fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == made_from)
}

/// Makes the folder empty.
fn begin(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).context("cannot remove what an earlier run left")?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

fn finish(folder: &Path, made_from: &str) -> Result<()> {
    fs::write(folder.join(STAMP), made_from).context("cannot note that the clients are in place")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_anew_when_its_lock_file_changes() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        begin(&folder).unwrap();
        assert!(!is_made_from(&folder, "a"), "an unfinished folder counts as finished");
        finish(&folder, "a").unwrap();
        assert!(is_made_from(&folder, "a"));
        assert!(!is_made_from(&folder, "b"));
        begin(&folder).unwrap();
        assert!(!is_made_from(&folder, "a"), "the stamp outlived the folder's content");
        fs::remove_dir_all(&folder).unwrap();
    }
}
