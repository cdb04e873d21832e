//! What goes wrong with plugins.

use std::error;

use thiserror::Error;

use super::Port;

/// Why a method of a plugin failed; any error of the plugin's own.
pub type Failure = Box<dyn error::Error + Send + Sync>;

/// What a method of a plugin yields.
pub type Result<T = ()> = std::result::Result<T, Failure>;

/// What a plugin was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its constructor.
    New,
    /// [`Plugin::offer`](super::Plugin::offer)
    Offer,
    /// [`Plugin::init`](super::Plugin::init)
    Init,
    /// [`Plugin::start`](super::Plugin::start)
    Start,
    /// [`Plugin::stop`](super::Plugin::stop)
    Stop,
    /// [`Plugin::load_config`](super::Plugin::load_config)
    LoadConfig,
    /// [`Plugin::get_config`](super::Plugin::get_config)
    GetConfig,
    /// [`Plugin::attrs`](super::Plugin::attrs)
    Attrs,
    /// [`Plugin::send`](super::Plugin::send)
    Send,
}

/// Why the manager did not do what it was asked.
#[derive(Debug, Error)]
pub enum PluginError {
    /// No plugin has this name.
    #[error("there is no plugin {name}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// It has to be started before it can be asked.
    #[error("plugin {name}: the plug-in is not initialized")]
    NotInitialised {
        /// The plugin.
        name: String,
    },
    /// It was registered as one that is neither started, stopped nor reloaded on request.
    #[error("plugin {name}: the plug-in is immutable")]
    Immutable {
        /// The plugin.
        name: String,
    },
    /// The plugin has failed.
    #[error("plugin {name} cannot {step}: {source}")]
    Failed {
        /// The plugin.
        name: String,
        /// While it did this.
        step: Step,
        /// Its reason.
        source: Failure,
    },
    /// The plugin has panicked. If that was in a method that may change it, it is gone, and starting
    /// it makes a new one.
    #[error("plugin {name} panicked when it was to {step}: {message}")]
    Panicked {
        /// The plugin.
        name: String,
        /// While it did this.
        step: Step,
        /// What the panic said.
        message: String,
    },
    /// Two have offered what a node has once.
    #[error("both {first} and {second} offer {port}: only one of them can run")]
    PortTaken {
        /// What was offered.
        port: Port,
        /// Who has offered it before.
        first: String,
        /// Who offers it too.
        second: String,
    },
    /// The broker runs already.
    #[error("plugin {name} offers {port}: it can only be started together with the broker")]
    TooLate {
        /// The plugin.
        name: String,
        /// What it offers.
        port: Port,
    },
    /// The broker has ended.
    #[error("plugin {name}: the broker has ended")]
    Ended {
        /// The plugin.
        name: String,
    },
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::New => "be made",
            Self::Offer => "offer its ports",
            Self::Init => "initialize",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::LoadConfig => "load its configuration",
            Self::GetConfig => "tell its configuration",
            Self::Attrs => "tell its attributes",
            Self::Send => "take a message",
        })
    }
}
