//! Starts what a context holds.

use thiserror::Error;

use crate::context::{ServerContext, ServerListener, StartError};
use crate::net::Listener;

/// A context and the listeners that it is to have.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use rmqtt::{MqttServer, ServerContext};
///
/// let scx = ServerContext::new().build().await?;
/// let listener = rmqtt::net::Builder::new().bind()?.tcp()?;
/// MqttServer::new(scx).listener(listener).build().run().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MqttServer {
    context: ServerContext,
    listeners: Vec<ServerListener>,
}

/// A server to be.
#[derive(Debug)]
#[must_use]
pub struct ServerBuilder {
    server: MqttServer,
}

/// Why a server does not run any more.
#[derive(Debug, Error)]
pub enum RunError {
    /// It never did.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A worker has failed; the message names it.
    #[error("{0}")]
    Failed(String),
}

impl MqttServer {
    /// A server without listeners.
    #[allow(clippy::new_ret_no_self, reason = "a server is what its builder builds")]
    pub fn new(context: ServerContext) -> ServerBuilder {
        ServerBuilder { server: Self { context, listeners: Vec::new() } }
    }

    /// Seals the context, starts the workers and accepts; returns when all listeners do.
    ///
    /// # Errors
    /// Nothing runs after an error.
    pub async fn start(self) -> Result<(), StartError> {
        self.context.hooks().before_startup().await;
        self.context.start(self.listeners)
    }

    /// Starts, and waits until [`ServerContext::shutdown`] has ended the broker.
    ///
    /// # Errors
    /// It cannot be started, or a worker has failed. After a failure the other workers run on until
    /// [`ServerContext::shutdown`].
    pub async fn run(self) -> Result<(), RunError> {
        let context = self.context.clone();
        self.start().await?;
        tokio::select! {
            failure = context.failure() => Err(RunError::Failed(failure)),
            () = context.has_ended() => Ok(()),
        }
    }
}

impl ServerBuilder {
    /// One more listener.
    pub fn listener(mut self, listener: Listener) -> Self {
        self.server.listeners.push(ServerListener { listener, id: None });
        self
    }

    /// One more listener, with an id by which [`ServerContext::listening_by_id`] finds it.
    pub fn listener_by_id(mut self, listener: Listener, id: u16) -> Self {
        self.server.listeners.push(ServerListener { listener, id: Some(id) });
        self
    }

    /// The server.
    #[must_use]
    pub fn build(self) -> MqttServer {
        self.server
    }
}
