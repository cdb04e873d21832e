//! The service manager's side of the socket that `NOTIFY_SOCKET` names.

use std::os::unix::net::UnixDatagram;

use crate::daemon::{Daemon, PATIENCE};
use crate::home::Home;

/// Hears what the processes of a home say.
pub(crate) struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    /// Listens, and has the processes of this home know it.
    pub(crate) fn of(home: Home) -> (Self, Home) {
        let path = home.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        (Self { socket }, home.env("NOTIFY_SOCKET", path))
    }

    /// The next message, its lines.
    pub(crate) fn hears(&self) -> Vec<String> {
        let mut buffer = [0; 4_096];
        let length = self.socket.recv(&mut buffer).expect("a message comes");
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits for the next message that says that the node serves.
    pub(crate) fn wait_until_ready(&self) {
        while !self.hears().iter().any(|line| line == "READY=1") {}
    }

    /// Starts a process that says to nobody else that it is ready.
    pub(crate) fn start(&self, home: &Home) -> Daemon {
        let daemon = Daemon::spawn(&mut home.command(&[]));
        self.wait_until_ready();
        daemon
    }

    /// Has a process read its configuration again, and waits until it has.
    pub(crate) fn reload(&self, daemon: &Daemon) {
        daemon.signal(rustix::process::Signal::HUP);
        self.wait_until_ready();
    }
}
