//! One registered plugin.

use std::future::Future;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

use super::catch_panic::catch_panic;
use super::{Package, Plugin, PluginError, Ports, Registration, Result, Step};

/// A plugin as the manager shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginStatus {
    /// The name under which it was registered.
    pub name: String,
    /// Its package.
    pub package: Package,
    /// It was made and initialized.
    pub inited: bool,
    /// It works.
    pub active: bool,
    /// It is neither started, stopped nor reloaded on request.
    pub immutable: bool,
    /// What it says of its state; null while it is not initialized.
    pub attrs: Value,
}

/// A registered plugin. Its methods are called one after the other, but for those that only ask.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) immutable: bool,
    pub(crate) registration: Registration,
    pub(crate) instance: Arc<RwLock<Instance>>,
}

/// The plugin itself, if it was made.
#[derive(Default)]
pub(crate) struct Instance {
    pub(crate) plugin: Option<Box<dyn Plugin>>,
    pub(crate) inited: bool,
    pub(crate) active: bool,
    /// Another plugin has its name, or the broker has ended: it is not made any more.
    pub(crate) retired: bool,
}

impl Entry {
    pub(crate) fn new(name: String, registration: Registration, immutable: bool) -> Self {
        Self { name, immutable, registration, instance: Arc::default() }
    }

    /// The plugin, for whoever changes it; `None`: it was retired while this was waited for.
    pub(crate) async fn claim(&self) -> Option<OwnedRwLockWriteGuard<Instance>> {
        let instance = Arc::clone(&self.instance).write_owned().await;
        (!instance.retired).then_some(instance)
    }

    /// Awaits a method of the plugin, and tells its failure or panic with the plugin's name.
    pub(crate) async fn watch<T>(
        &self,
        step: Step,
        method: impl Future<Output = Result<T>>,
    ) -> std::result::Result<T, PluginError> {
        let name = self.name.clone();
        match catch_panic(method).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(source)) => Err(PluginError::Failed { name, step, source }),
            Err(message) => Err(PluginError::Panicked { name, step, message }),
        }
    }

    /// What the plugin offers now.
    pub(crate) async fn offers(
        &self,
        plugin: &dyn Plugin,
    ) -> std::result::Result<Ports, PluginError> {
        let offer = async {
            let mut ports = Ports::new();
            plugin.offer(&mut ports);
            Ok(ports)
        };
        self.watch(Step::Offer, offer).await
    }

    pub(crate) fn not_initialised(&self) -> PluginError {
        PluginError::NotInitialised { name: self.name.clone() }
    }

    pub(crate) async fn status(&self) -> PluginStatus {
        let instance = self.instance.read().await;
        let attrs = match instance.initialised() {
            Some(plugin) => {
                let attrs = self.watch(Step::Attrs, async { Ok(plugin.attrs().await) }).await;
                attrs.unwrap_or_else(|error| Value::String(error.to_string()))
            }
            None => Value::Null,
        };
        PluginStatus {
            name: self.name.clone(),
            package: self.registration.package,
            inited: instance.inited,
            active: instance.active,
            immutable: self.immutable,
            attrs,
        }
    }
}

impl Instance {
    /// The plugin, once it was initialized.
    pub(crate) fn initialised(&self) -> Option<&dyn Plugin> {
        self.plugin.as_deref().filter(|_| self.inited)
    }

    /// The same, to be changed.
    pub(crate) fn initialised_mut(&mut self) -> Option<&mut Box<dyn Plugin>> {
        self.plugin.as_mut().filter(|_| self.inited)
    }

    /// Lets the plugin go.
    pub(crate) fn clear(&mut self) {
        *self = Self { retired: self.retired, ..Self::default() };
    }
}
