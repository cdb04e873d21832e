//! What a plugin may be for the broker.

use std::collections::BTreeMap;
use std::fmt;

use rmqtt_broker::{RetainedLimits, ShareStrategy};
use rmqtt_store::Store;

use super::PluginError;
use crate::store_wake::StoreWake;

/// Makes the store of one worker.
pub(crate) type OpenStore = Box<dyn Fn(StoreWake) -> Box<dyn Store> + Send>;

/// A part of the broker that is there once, and that a plugin may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// Retained messages.
    Retain,
    /// Shared subscriptions.
    SharedSubscription,
    /// What keeps sessions and messages beyond the process.
    Store,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retain => "retained messages",
            Self::SharedSubscription => "shared subscriptions",
            Self::Store => "a store",
        })
    }
}

/// How a shared subscription's group chooses who gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The rule.
    pub strategy: ShareStrategy,
    /// With [`ShareStrategy::Sticky`]: publishers of a group whose receiver is remembered, per worker.
    pub sticky_bindings_max: usize,
}

impl Default for Sharing {
    fn default() -> Self {
        Self { strategy: ShareStrategy::default(), sticky_bindings_max: 100_000 }
    }
}

/// Collects what one plugin offers, in [`Plugin::offer`](super::Plugin::offer). Each part is taken
/// from one plugin: if two that are active offer it, the second is not started and the error names
/// both.
pub struct Ports {
    pub(crate) retain: Option<RetainedLimits>,
    pub(crate) sharing: Option<Sharing>,
    pub(crate) store: Option<OpenStore>,
}

impl Ports {
    pub(crate) fn new() -> Self {
        Self { retain: None, sharing: None, store: None }
    }

    /// Retained messages, within these limits. They are available while the plugin is active.
    pub fn retain(&mut self, limits: RetainedLimits) {
        self.retain = Some(limits);
    }

    /// Shared subscriptions, with this choice of receivers. They are available while the plugin is
    /// active.
    pub fn shared_subscription(&mut self, sharing: Sharing) {
        self.sharing = Some(sharing);
    }

    /// What keeps sessions and messages beyond the process; `open` is called once for each worker
    /// when the broker starts. It cannot be offered later, and whoever has offered it offers the same.
    pub fn store<S: Store + 'static>(&mut self, open: impl Fn(StoreWake) -> S + Send + 'static) {
        self.store = Some(Box::new(move |wake| Box::new(open(wake))));
    }

    /// What was offered.
    pub(crate) fn offered(&self) -> Vec<Port> {
        let offers = [
            (Port::Retain, self.retain.is_some()),
            (Port::SharedSubscription, self.sharing.is_some()),
            (Port::Store, self.store.is_some()),
        ];
        offers.into_iter().filter(|(_, offered)| *offered).map(|(port, _)| port).collect()
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ports").field(&self.offered()).finish()
    }
}

/// Which active plugin has which port.
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<Port, String>);

impl Owners {
    /// Whether `plugin` could have `ports`.
    ///
    /// # Errors
    /// Somebody else has one of them.
    pub(crate) fn check(&self, plugin: &str, ports: &[Port]) -> Result<(), PluginError> {
        for port in ports {
            if let Some(owner) = self.0.get(port).filter(|owner| *owner != plugin) {
                return Err(PluginError::PortTaken {
                    port: *port,
                    first: owner.clone(),
                    second: plugin.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Gives `ports` to `plugin`, in place of what it has, and says what it no longer has.
    ///
    /// # Errors
    /// Somebody else has one of them. Then nothing was given and nothing taken.
    pub(crate) fn replace(
        &mut self,
        plugin: &str,
        ports: &[Port],
    ) -> Result<Vec<Port>, PluginError> {
        self.check(plugin, ports)?;
        let before = self.give_back(plugin);
        self.0.extend(ports.iter().map(|port| (*port, plugin.to_owned())));
        Ok(before.into_iter().filter(|port| !ports.contains(port)).collect())
    }

    /// Takes back everything that `plugin` has, and says what that was.
    pub(crate) fn give_back(&mut self, plugin: &str) -> Vec<Port> {
        let ports = self.of(plugin);
        self.0.retain(|_, owner| owner != plugin);
        ports
    }

    /// What `plugin` has.
    pub(crate) fn of(&self, plugin: &str) -> Vec<Port> {
        self.0.iter().filter(|(_, owner)| *owner == plugin).map(|(port, _)| *port).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_has_one_owner_until_it_is_given_back() {
        let mut owners = Owners::default();
        assert!(owners.replace("first", &[Port::Retain]).unwrap().is_empty());
        let error = owners.replace("second", &[Port::Store, Port::Retain]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "both first and second offer retained messages: only one of them can run"
        );
        let taken = owners.replace("third", &[Port::Store]);
        taken.expect("what was refused as a whole took nothing");
        assert_eq!(owners.give_back("first"), [Port::Retain]);
        owners.replace("second", &[Port::Retain]).unwrap();
        assert_eq!(owners.replace("second", &[]).unwrap(), [Port::Retain]);
    }
}
