//! Programs that a test runs: the broker with a configuration it must refuse, third-party clients.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a program may take to say or do what is expected of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often its output and its end are looked for.
const PAUSE: Duration = Duration::from_millis(2);

/// A running program whose output is collected; it is killed when dropped.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    directory: TempDir,
}

/// How a program ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// All it wrote to standard output and standard error.
    pub output: String,
}

impl Program {
    /// Starts a program in an empty working directory.
    ///
    /// # Panics
    /// If it does not start; a program that is not installed is not skipped.
    pub fn start(command: &mut Command) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let output = File::create(directory.path().join("output")).expect("it is writable");
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file can be shared"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|problem| panic!("{name} does not start: {problem}"));
        Self { name, child, directory }
    }

    /// Runs a program to its end.
    pub fn run(command: &mut Command) -> Finished {
        Self::start(command).finish()
    }

    /// What it has written so far.
    pub fn output(&self) -> String {
        let bytes = fs::read(self.output_path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until its output contains this text.
    ///
    /// # Panics
    /// If it ends or time runs out before.
    pub fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let ended = self.child.try_wait().expect("a child can be waited for");
            let output = self.output();
            if output.contains(text) {
                return;
            }
            assert!(ended.is_none(), "{} ended without {text:?}:\n{output}", self.name);
            assert!(Instant::now() < until, "{} does not say {text:?}:\n{output}", self.name);
            thread::sleep(PAUSE);
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn finish(mut self) -> Finished {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return Finished { status, output: self.output() };
            }
            assert!(Instant::now() < until, "{} does not end:\n{}", self.name, self.output());
            thread::sleep(PAUSE);
        }
    }

    fn output_path(&self) -> PathBuf {
        self.directory.path().join("output")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only when the process is gone, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
