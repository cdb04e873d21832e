//! A folder in which `rmqttd` runs: its files, its environment and its working directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::daemon::Daemon;

/// Variables of the test's own surroundings that would be heard.
const UNHEARD: [&str; 5] =
    ["RUST_LOG", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "XDG_STATE_HOME"];

/// A user who is not root, on every system.
const NOBODY: u32 = 65_534;

/// One listener that everybody may use, on a port that the system chooses.
pub(crate) const OPEN_LISTENER: &str =
    "[listener.tcp.external]\naddr = \"127.0.0.1:0\"\nallow_anonymous = true\n";

/// The working directory of the processes that are started in it, and what they find there. The data
/// directory is `data` below it, unless a test says otherwise.
pub(crate) struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// Without any file.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data").to_str().unwrap().to_owned();
        Self { folder, environment: vec![("RMQTT_NODE__DATA_DIR".to_owned(), data)] }
    }

    /// With this configuration in the file that is read without being named.
    pub(crate) fn with(configuration: &str) -> Self {
        let home = Self::new();
        home.write("rmqtt.toml", configuration);
        home
    }

    /// With a variable of the environment; the last of one name holds.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_str().unwrap().to_owned()));
        self
    }

    /// With the data directory that holds when nobody has said one.
    pub(crate) fn without_data_dir(mut self) -> Self {
        self.environment.retain(|(name, _)| name != "RMQTT_NODE__DATA_DIR");
        self
    }

    /// Where something of this name is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same, as text.
    pub(crate) fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file, in place of one of the same name.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What a file holds.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Everybody may read and write what is here.
    pub(crate) fn open_to_all(&self) {
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    }

    /// `rmqttd` with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rmqttd"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if UNHEARD.contains(&name.as_str()) || name.to_uppercase().starts_with("RMQTT_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).args(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The same, by a user who is not root.
    pub(crate) fn as_nobody(&self, arguments: &[&str]) -> Command {
        let usual = self.command(arguments);
        // A copy, since the folder of the original may be closed to others. Another process makes
        // it: a file that this one has open for writing, and so every child that begins meanwhile, is
        // busy.
        let binary = self.path("rmqttd");
        let copied = Command::new("cp").arg(usual.get_program()).arg(&binary).status();
        assert!(copied.unwrap().success());
        let mut command = Command::new(&binary);
        command.args(usual.get_args()).current_dir(self.folder.path());
        for (name, value) in usual.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// Runs it with these arguments until it ends.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    /// The lines that `--check-config` prints, which finds no problem.
    pub(crate) fn checked(&self, arguments: &[&str]) -> String {
        let ended = self.run(&[&["--check-config"], arguments].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
        ended.stdout
    }

    /// Starts it with these arguments and waits until it says that it is ready.
    pub(crate) fn start(&self, arguments: &[&str]) -> Daemon {
        Daemon::start(&mut self.command(arguments))
    }
}

impl Ended {
    /// Runs a command until it ends.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It has failed, and this is all that it said.
    #[track_caller]
    pub(crate) fn failed_with(&self, lines: &str) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(1), lines));
        assert_eq!(self.stdout, "");
    }
}
