//! A running `rmqttd`, and short runs of it.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

/// Longer than anything that goes well takes.
const PATIENCE: Duration = Duration::from_secs(20);

static STARTED: AtomicUsize = AtomicUsize::new(0);

fn rmqttd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rmqttd"));
    command.env_remove("RUST_LOG");
    // A folder of its own for each process that runs beside others, and no mind for a busy machine.
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("rmqttd-test-{}-{number}", std::process::id()));
    command.env("RMQTT_NODE__DATA_DIR", folder);
    command.env("RMQTT_NODE__BUSY__CHECK_ENABLE", "false");
    command
}

/// What a run left behind.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it with these arguments until it ends.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    let output = rmqttd().args(arguments).output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A broker that is ready.
pub(crate) struct Daemon {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    _file: NamedTempFile,
}

impl Daemon {
    /// Starts it with this configuration and waits until it says that it is ready.
    pub(crate) fn start(configuration: &str) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(configuration.as_bytes()).unwrap();
        let mut child = rmqttd().arg("-f").arg(file.path()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        // Ends with the process; whoever listened may be gone before.
        thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|l| sender.send(l))
        });
        let mut daemon = Self { child, lines, seen: Vec::new(), _file: file };
        daemon.wait_for("rmqttd is ready");
        daemon
    }

    /// The next line of the log with this text.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("{text:?} does not come behind {:#?}", self.seen)
            };
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        self.seen.join("\n")
    }

    /// Where a listener has said that it listens.
    pub(crate) fn address(&self, listener: &str) -> SocketAddr {
        let start = format!("listener {listener}/tcp: listening on ");
        let line = self.seen.iter().find_map(|line| line.split_once(&start)).unwrap().1;
        line.split(',').next().unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end and gives the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
