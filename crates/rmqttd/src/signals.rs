//! What the operator tells the process.

use std::io;

/// One thing that was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    /// End; the name of the signal.
    End(&'static str),
    /// Read again what can be changed at run time.
    Reload,
}

/// Waits for SIGTERM, SIGINT and SIGHUP.
#[cfg(unix)]
pub(crate) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Signals from now on are noticed.
    pub(crate) fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The next one; where no reload is wanted, that one waits meanwhile.
    pub(crate) async fn next(&mut self, is_reload_wanted: bool) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End("SIGTERM"),
            _ = self.interrupt.recv() => Signal::End("SIGINT"),
            _ = self.hang_up.recv(), if is_reload_wanted => Signal::Reload,
        }
    }

    /// The name of the next one that ends the process; the other one waits meanwhile.
    pub(crate) async fn next_end(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Waits for Ctrl-C: there is nothing else here.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Nothing has to be prepared.
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub(crate) async fn next(&mut self, _is_reload_wanted: bool) -> Signal {
        Signal::End(self.next_end().await)
    }

    /// The name of the next one.
    pub(crate) async fn next_end(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
