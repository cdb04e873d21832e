//! A bound listener with its policy.

use std::net::SocketAddr;

use rmqtt_net::{BindError, ListenerConfig};
use rmqtt_session::ListenerPolicy;
use thiserror::Error;
use tokio::runtime::Handle;

/// An address that is bound already, for [`MqttServer`](crate::MqttServer). Connections wait in the
/// system's backlog until the server runs.
#[derive(Debug)]
pub struct Listener {
    pub(crate) socket: rmqtt_net::Listener,
    pub(crate) policy: ListenerPolicy,
}

/// Why there is no listener.
#[derive(Debug, Error)]
pub enum ListenerError {
    /// The address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Sockets are waited for by tokio, and this thread is in none of its runtimes.
    #[error("listener {name}: it has to be bound inside a tokio runtime")]
    NoRuntime {
        /// The listener.
        name: String,
    },
}

impl Listener {
    /// Binds and listens, exactly as told. Has to be called inside a tokio runtime with I/O enabled.
    ///
    /// # Errors
    /// The system's reason, or that there is no runtime.
    pub fn bind(config: ListenerConfig, policy: ListenerPolicy) -> Result<Self, ListenerError> {
        if Handle::try_current().is_err() {
            return Err(ListenerError::NoRuntime { name: config.name });
        }
        Ok(Self { socket: rmqtt_net::Listener::bind(config)?, policy })
    }

    /// The address, with the port that the system chose where none was given.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.socket.local_addr()
    }

    /// Its name, as `external/tcp`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.policy.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        let config = ListenerConfig::new("lonely/tcp", "127.0.0.1:0".parse().unwrap());
        let error = Listener::bind(config, ListenerPolicy::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "listener lonely/tcp: it has to be bound inside a tokio runtime"
        );
    }
}
