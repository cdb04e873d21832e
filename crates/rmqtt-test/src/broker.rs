//! The broker under test: a process with its own configuration, or an address that was given.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a broker may take to listen or to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a port is tried that another process may have taken between its choice and its use.
const START_ATTEMPTS: usize = 3;

/// Keys of every test's listener, unless a test replaces the whole configuration.
const LISTENER_KEYS: &str = "allow_anonymous = true\nmax_topic_aliases = 16\n";

/// The loop that carries the connections.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Driver {
    /// The level-triggered epoll loop of each worker.
    Epoll,
    /// One task per connection.
    Portable,
}

impl fmt::Display for Driver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Epoll => "epoll",
            Self::Portable => "portable",
        })
    }
}

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    directory: TempDir,
}

impl Broker {
    /// The address given by `RMQTT_TEST_BROKER`, if one is.
    ///
    /// # Panics
    /// If it is no address.
    pub fn given_address() -> Option<SocketAddr> {
        let text = std::env::var("RMQTT_TEST_BROKER").ok()?;
        let address = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
        Some(address.unwrap_or_else(|| panic!("RMQTT_TEST_BROKER={text} is no HOST:PORT")))
    }

    /// The broker that already listens at this address.
    pub fn at(address: SocketAddr) -> Self {
        Self { address, process: None }
    }

    /// Starts a broker with the suite's listener, these further keys of the listener and these lines
    /// before the listener's section.
    ///
    /// # Panics
    /// If it does not listen in time.
    pub fn start(driver: Driver, listener_keys: &str, preamble: &str) -> Self {
        for attempt in 1.. {
            let address = free_address();
            let file = configuration(driver, address, listener_keys, preamble);
            match Self::start_with_file(address, &file) {
                Ok(broker) => return broker,
                Err(problem) => assert!(attempt < START_ATTEMPTS, "{problem}"),
            }
        }
        unreachable!("the last attempt ends in a broker or a panic")
    }

    /// Starts a broker with this configuration file and waits until it listens at `address`.
    ///
    /// # Errors
    /// If it ends or does not listen in time, with what it said.
    pub fn start_with_file(address: SocketAddr, configuration: &str) -> Result<Self, String> {
        let directory = TempDir::new().map_err(|problem| problem.to_string())?;
        let file = directory.path().join("rmqtt.toml");
        fs::write(&file, configuration).map_err(|problem| problem.to_string())?;
        let log =
            File::create(log_path(directory.path())).map_err(|problem| problem.to_string())?;
        let binary = binary();
        let child = Command::new(&binary)
            .arg("-f")
            .arg(&file)
            .current_dir(directory.path())
            // Brokers of tests that run side by side share nothing.
            .env("RMQTT_NODE__DATA_DIR", directory.path().join("data"))
            .stdout(log.try_clone().map_err(|problem| problem.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|problem| format!("{} does not start: {problem}", binary.display()))?;
        let mut broker = Self { address, process: Some(Process { child, directory }) };
        broker.wait_until_it_listens()?;
        Ok(broker)
    }

    fn wait_until_it_listens(&mut self) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_err() {
            let process = self.process.as_mut().expect("the process was just started");
            let ended = process.child.try_wait().map_err(|problem| problem.to_string())?;
            if let Some(status) = ended {
                return Err(format!("the broker ended with {status}:\n{}", self.log()));
            }
            if Instant::now() > until {
                return Err(format!("nobody listens at {}:\n{}", self.address, self.log()));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of the process.
    ///
    /// # Panics
    /// If it was not started here.
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().expect("only an own process is watched").child.id()
    }

    /// What the process printed so far.
    pub fn log(&self) -> String {
        let Some(process) = &self.process else {
            return String::new();
        };
        fs::read_to_string(log_path(process.directory.path())).unwrap_or_default()
    }

    /// Sends SIGTERM and returns at once.
    ///
    /// # Panics
    /// If the process was not started here.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends SIGINT and returns at once.
    ///
    /// # Panics
    /// If the process was not started here.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("only an own process is signalled");
        kill_process(Pid::from_child(&process.child), signal).expect("the process exists");
    }

    /// Waits for the end of the process.
    ///
    /// # Panics
    /// If it does not end in time, or was not started here.
    pub fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let process = self.process.as_mut().expect("only an own process is waited for");
            if let Some(status) = process.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(Instant::now() < until, "the broker does not end:\n{}", self.log());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the broker said:\n{}---", self.log());
        }
        if let Some(process) = &mut self.process {
            // Both fail only when the process is gone, which is what is wanted.
            drop(process.child.kill());
            drop(process.child.wait());
        }
    }
}

/// A loopback address that was free a moment ago.
///
/// Once it happened that two tests at the same time were given the same port, and the client of one
/// spoke with the broker of the other. On Linux all of 127.0.0.0/8 is this machine, so that each process
/// takes addresses that no other takes.
///
/// # Panics
/// If no port is free.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((own_loopback_address(), 0)).expect("a port is free");
    listener.local_addr().expect("a bound socket has an address")
}

fn own_loopback_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    if !cfg!(target_os = "linux") {
        return Ipv4Addr::LOCALHOST;
    }
    let [_, _, high, low] = std::process::id().to_be_bytes();
    // Not 127.0.0.0/16, where everybody else is.
    let number = NEXT.fetch_add(1, Ordering::Relaxed) % 254 + 1;
    Ipv4Addr::new(127, number, high, low)
}

/// The suite's configuration file for a broker at this address.
pub fn configuration(
    driver: Driver,
    address: SocketAddr,
    listener_keys: &str,
    preamble: &str,
) -> String {
    let key = |line: &str| line.split(" =").next().unwrap_or_default().to_owned();
    // A test's own value takes the place of the suite's.
    let own: Vec<String> = listener_keys.lines().map(key).collect();
    let suite: String = LISTENER_KEYS
        .lines()
        .filter(|line| !own.contains(&key(line)))
        .map(|line| format!("{line}\n"))
        .collect();
    format!(
        "{preamble}\n[runtime]\ndriver = \"{driver}\"\nworkers = 2\n\n\
         [listener.tcp.external]\naddr = \"{address}\"\n{suite}{listener_keys}\n"
    )
}

/// The binary under test: `RMQTTD_BIN`, or `rmqttd` in the target directory of this test.
///
/// # Panics
/// If there is none.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("RMQTTD_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the test knows its own path");
    // target/<profile>/deps/<test>: beside the test's profile first, then the other one. A program
    // lies in target/<profile> itself.
    let own = test.parent().expect("a test lies in a directory");
    let profile = own.parent().expect("a test lies in target/<profile>/deps");
    let target = profile.parent().expect("a profile lies in the target directory");
    [own.to_owned(), profile.to_owned(), target.join("release"), target.join("debug")]
        .iter()
        .map(|directory| directory.join("rmqttd"))
        .find(|path| path.exists())
        .unwrap_or_else(|| {
            panic!(
                "no rmqttd in {}: build it with `cargo build -p rmqttd`, or name it in RMQTTD_BIN",
                target.display()
            )
        })
}

fn log_path(directory: &Path) -> PathBuf {
    directory.join("broker.log")
}
