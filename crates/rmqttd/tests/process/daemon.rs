//! A running `rmqttd`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rmqtt_test::{ConnAck, Connect, RawClient, Version};
use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything that goes well takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A process whose standard error is read line by line.
pub(crate) struct Daemon {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Daemon {
    /// Starts it and waits until it says that it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut daemon = Self::spawn(command);
        daemon.wait_for("rmqttd is ready");
        daemon
    }

    /// Starts it; whether it is ready is known by other means.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        // Ends with the process; whoever listened may be gone before.
        thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// The next line of the log with this text.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("{text:?} does not come behind {:#?}", self.seen)
            };
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until a line with this text has come, now or before.
    pub(crate) fn has_said(&mut self, text: &str) {
        if !self.seen.iter().any(|line| line.contains(text)) {
            self.wait_for(text);
        }
    }

    /// The log as far as it was waited for; all of it behind [`Daemon::wait`].
    pub(crate) fn log(&self) -> String {
        self.seen.join("\n")
    }

    /// Where a listener has said that it listens.
    pub(crate) fn address(&self, listener: &str) -> SocketAddr {
        let start = format!("listener {listener}/tcp: listening on ");
        let line = self.seen.iter().find_map(|line| line.split_once(&start)).unwrap().1;
        line.split(',').next().unwrap().parse().unwrap()
    }

    /// A client of the listener `external` that was accepted.
    pub(crate) fn client(&self, connect: &Connect) -> RawClient {
        RawClient::connected(self.address("external"), connect)
    }

    /// What the listener `external` answers to a client, and the client.
    pub(crate) fn connect(&self, connect: &Connect) -> (RawClient, ConnAck) {
        let mut client = RawClient::open(self.address("external"), Version::V5);
        let connack = client.connect(connect);
        (client, connack)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end and gives the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("no end comes behind {:#?}", self.seen),
            }
        }
        self.child.wait().unwrap().code()
    }

    /// Ends it with SIGTERM; it ends well.
    pub(crate) fn end(&mut self) {
        self.signal(Signal::TERM);
        assert_eq!(self.wait(), Some(0), "{}", self.log());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
