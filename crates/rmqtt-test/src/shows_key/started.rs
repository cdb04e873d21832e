//! A broker that has said that it is ready.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::file::{Files, MAIN_FILE};
use crate::broker::{binary, free_address};
use crate::client::RawClient;
use crate::request::Connect;
use crate::version::Version;

/// How long the broker may take for what is expected of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing is heard before it is looked whether the process has ended.
const SILENCE: Duration = Duration::from_millis(50);
/// How often is looked for what cannot be awaited: a line of the log, the end of the process.
const PAUSE: Duration = Duration::from_millis(5);
/// How often a port is tried that another process may have taken between its choice and its use.
const START_ATTEMPTS: usize = 3;

/// A broker with its own configuration, killed when dropped.
#[derive(Debug)]
pub struct Started {
    address: SocketAddr,
    child: Child,
    folder: TempDir,
    /// Where it says that it is ready.
    manager: UnixDatagram,
}

impl Started {
    /// Starts the broker with these keys and waits until it is ready.
    pub(super) fn new(keys: &[(&str, &str)]) -> Self {
        for attempt in 1.. {
            match Self::prepared(keys).and_then(Self::become_ready) {
                Ok(started) => return started,
                Err(problem) => assert!(attempt < START_ATTEMPTS, "{problem}"),
            }
        }
        unreachable!("the last attempt ends in a broker or a panic")
    }

    /// What the broker says when it ends by itself with these keys, and with a failure.
    pub(super) fn refusal(keys: &[(&str, &str)]) -> String {
        let mut started = Self::prepared(keys).expect("the process can be started");
        let status = started.wait();
        assert!(!status.success(), "the broker ends without a failure:\n{}", started.log());
        started.log()
    }

    fn prepared(keys: &[(&str, &str)]) -> Result<Self, String> {
        let address = free_address();
        let folder = TempDir::new().map_err(in_words)?;
        let mut files = Files::of_an_open_broker(folder.path(), address);
        keys.iter().for_each(|(key, value)| files.set(key, value));
        files.write().map_err(in_words)?;
        // Readiness is told to a service manager, which needs neither a listener nor a log.
        let manager = UnixDatagram::bind(folder.path().join(MANAGER)).map_err(in_words)?;
        let child = run_in(folder.path()).map_err(in_words)?;
        Ok(Self { address, child, folder, manager })
    }

    fn become_ready(mut self) -> Result<Self, String> {
        self.wait_until_ready()?;
        Ok(self)
    }

    /// Ends it and starts it anew with the same files and folder.
    ///
    /// # Panics
    /// If it does not end or become ready in time.
    pub fn restart(&mut self) {
        self.end();
        self.child = run_in(self.folder.path()).expect("it could be started before");
        self.wait_until_ready().unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Ends it in order.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn end(&mut self) {
        self.signal(Signal::TERM);
        self.wait();
    }

    /// Sends its process a signal.
    ///
    /// # Panics
    /// If the process is gone.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process exists");
    }

    fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(Instant::now() < until, "the broker does not end:\n{}", self.log());
            thread::sleep(PAUSE);
        }
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        self.manager.set_read_timeout(Some(SILENCE)).map_err(in_words)?;
        let mut message = [0; 1024];
        while Instant::now() < until {
            match self.manager.recv(&mut message) {
                Ok(length) if message[..length].starts_with(b"READY=1") => return Ok(()),
                Ok(_) => {}
                Err(problem)
                    if matches!(problem.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(problem) => return Err(in_words(problem)),
            }
            if let Some(status) = self.child.try_wait().map_err(in_words)? {
                return Err(format!("the broker ended with {status}:\n{}", self.log()));
            }
        }
        Err(format!("the broker does not become ready:\n{}", self.log()))
    }

    /// Where its listener `external` is, unless a key says otherwise.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of its configuration, of its data, and of what it writes besides.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process, for what the system knows of it.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// A client of MQTT 5.0 with a clean session.
    ///
    /// # Panics
    /// If the broker refuses it.
    pub fn client(&self, name: &str) -> RawClient {
        self.join(&Connect::new(Version::V5, name))
    }

    /// A client with this CONNECT.
    ///
    /// # Panics
    /// If the broker refuses it.
    pub fn join(&self, connect: &Connect) -> RawClient {
        RawClient::connected(self.address, connect)
    }

    /// The code of the CONNACK that answers this CONNECT; the connection ends with it.
    ///
    /// # Panics
    /// If there is no CONNACK.
    pub fn connect_code(&self, connect: &Connect) -> u8 {
        RawClient::open(self.address, connect.version).connect(connect).code
    }

    /// A connection on which nothing was sent yet.
    ///
    /// # Panics
    /// If the broker cannot be reached.
    pub fn open(&self) -> RawClient {
        RawClient::open(self.address, Version::V5)
    }

    /// What it has written to the console.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(OUTPUT)).unwrap_or_default()
    }

    /// The first line on the console with this text, once there is one.
    ///
    /// # Panics
    /// If there is none in time.
    pub fn wait_for_line(&self, text: &str) -> String {
        let mut found = None;
        self.wait_until(&format!("a line with {text:?}"), || {
            found = self.log().lines().find(|line| line.contains(text)).map(str::to_owned);
            found.is_some()
        });
        found.expect("it was waited for")
    }

    /// Waits until something holds that no event tells of.
    ///
    /// # Panics
    /// If it does not hold in time; `what` says what was waited for.
    pub fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds() {
            assert!(
                Instant::now() < until,
                "{what} does not come; the broker said:\n{}",
                self.log()
            );
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the broker said:\n{}---", self.log());
        }
        // Both fail only when the process is gone, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The file that takes what the process prints.
const OUTPUT: &str = "console";

/// The socket that takes what the process says to its service manager.
const MANAGER: &str = "manager.socket";

fn run_in(folder: &Path) -> io::Result<Child> {
    let output = OpenOptions::new().create(true).append(true).open(folder.join(OUTPUT))?;
    Command::new(binary())
        .arg("-f")
        .arg(folder.join(MAIN_FILE))
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .env("NOTIFY_SOCKET", folder.join(MANAGER))
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
}

#[allow(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn in_words(problem: io::Error) -> String {
    problem.to_string()
}
