//! Who makes, starts, stops and asks plugins.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rmqtt_keys::{Problems, Section, Written};
use serde_json::Value;
use tokio::sync::OwnedRwLockWriteGuard;
use tokio::task_local;

use super::configuration::{PluginsConfig, read_written};
use super::entry::{Entry, Instance, PluginStatus};
use super::ports::Owners;
use super::{Plugin, PluginError, Port, Ports, Registration, Step};
use crate::context::{Inner, ServerContext};

/// The owner of ports that no plugin has.
const PROGRAM: &str = "the program itself";

type Result<T = ()> = std::result::Result<T, PluginError>;

/// The plugins of one context, by name. Reached with [`ServerContext::plugins`].
pub struct PluginManager {
    context: Weak<Inner>,
    config: PluginsConfig,
    /// What each plugin has read, by its name.
    written: Mutex<BTreeMap<String, Written>>,
    table: Mutex<Table>,
}

task_local! {
    /// What one plugin reads, in place of what is written by now.
    static BEFORE: (String, Written);
}

#[derive(Default)]
struct Table {
    entries: BTreeMap<String, Arc<Entry>>,
    owners: Owners,
    ended: bool,
}

impl PluginManager {
    pub(crate) fn new(context: Weak<Inner>, config: PluginsConfig) -> Self {
        Self { context, config, written: Mutex::default(), table: Mutex::default() }
    }

    /// Where the plugins' configuration is.
    #[must_use]
    pub fn config(&self) -> &PluginsConfig {
        &self.config
    }

    /// Reads a plugin's configuration; what is accepted and has no effect is logged.
    ///
    /// # Errors
    /// Every problem of it.
    pub fn read_config<T>(
        &self,
        name: &str,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> std::result::Result<T, Problems> {
        let before = BEFORE.try_with(|(plugin, before)| (plugin == name).then(|| before.clone()));
        let written = match before {
            Ok(Some(before)) => before,
            Ok(None) | Err(_) => self.config.written(name)?,
        };
        let read = read_written(&written, read)?;
        for warning in &read.warnings {
            tracing::warn!("plugin {name}: {warning}");
        }
        self.written().insert(name.to_owned(), written);
        Ok(read.value)
    }

    /// Registers a plugin. With `default_startup` it is made and started at once; otherwise it is
    /// made when it is started for the first time, and its configuration is not read before. A
    /// plugin that had this name is stopped and gone.
    ///
    /// # Errors
    /// It was to start and could not; it stays registered.
    pub async fn register(
        &self,
        registration: Registration,
        name: impl Into<String>,
        default_startup: bool,
        immutable: bool,
    ) -> Result {
        let name = name.into();
        let entry = Arc::new(Entry::new(name.clone(), registration, immutable));
        // Whoever finds it in the table waits until the plugin that had the name is gone.
        let mut instance = entry.instance.write().await;
        let previous = {
            let mut table = self.lock();
            if table.ended {
                return Err(PluginError::Ended { name });
            }
            table.entries.insert(name, Arc::clone(&entry))
        };
        if let Some(previous) = previous {
            self.retire(&previous).await;
        }
        if default_startup { self.start_entry(&entry, &mut instance).await } else { Ok(()) }
    }

    /// Starts a plugin; one that is active already stays so.
    ///
    /// # Errors
    /// It is unknown, immutable, or failed.
    pub async fn start(&self, name: &str) -> Result {
        let (entry, mut instance) = self.claim(name).await?;
        self.start_entry(&entry, &mut instance).await
    }

    /// Stops a plugin; one that is not active stays so. `false`: it refuses, and stays active.
    ///
    /// # Errors
    /// It is unknown, immutable, was never initialized, or failed.
    pub async fn stop(&self, name: &str) -> Result<bool> {
        let (entry, mut instance) = self.claim(name).await?;
        if instance.initialised().is_none() {
            return Err(entry.not_initialised());
        }
        if !instance.active {
            return Ok(true);
        }
        self.stop_instance(&entry, &mut instance).await
    }

    /// Makes a plugin read its configuration again. What an active one then offers takes the place of
    /// what it has offered before.
    ///
    /// # Errors
    /// It is unknown, immutable, was never initialized, or failed: what was in force stays so.
    pub async fn load_config(&self, name: &str) -> Result {
        let (entry, mut instance) = self.claim(name).await?;
        let loaded = self.load_into(&entry, &mut instance).await;
        self.forget_if_panicked(&entry, &mut instance, &loaded);
        loaded
    }

    /// The configuration that a plugin has in force.
    ///
    /// # Errors
    /// It is unknown, was never initialized, or failed.
    pub async fn get_config(&self, name: &str) -> Result<Value> {
        let entry = self.entry(name)?;
        let instance = entry.instance.read().await;
        let plugin = instance.initialised().ok_or_else(|| entry.not_initialised())?;
        entry.watch(Step::GetConfig, plugin.get_config()).await
    }

    /// Gives a plugin a message that only it understands, and yields its answer.
    ///
    /// # Errors
    /// It is unknown, was never initialized, or failed.
    pub async fn send(&self, name: &str, message: Value) -> Result<Value> {
        let entry = self.entry(name)?;
        let instance = entry.instance.read().await;
        let plugin = instance.initialised().ok_or_else(|| entry.not_initialised())?;
        entry.watch(Step::Send, plugin.send(message)).await
    }

    /// How a plugin stands.
    ///
    /// # Errors
    /// It is unknown.
    pub async fn status(&self, name: &str) -> Result<PluginStatus> {
        Ok(self.entry(name)?.status().await)
    }

    /// How every plugin stands, by name.
    pub async fn statuses(&self) -> Vec<PluginStatus> {
        let entries: Vec<_> = self.lock().entries.values().cloned().collect();
        let mut statuses = Vec::with_capacity(entries.len());
        for entry in entries {
            statuses.push(entry.status().await);
        }
        statuses
    }

    /// The names of all registered plugins, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().entries.keys().cloned().collect()
    }

    /// Stops and forgets every plugin, and takes no more.
    pub(crate) async fn end(&self) {
        let entries = {
            let mut table = self.lock();
            table.ended = true;
            std::mem::take(&mut table.entries)
        };
        for entry in entries.into_values().rev() {
            self.retire(&entry).await;
        }
    }

    /// Gives a port to the program itself.
    pub(crate) fn reserve(&self, port: Port) {
        // The first in the table: nobody can have it before.
        let mut table = self.lock();
        let mut ports = table.owners.of(PROGRAM);
        ports.push(port);
        let _ = table.owners.replace(PROGRAM, &ports);
    }

    async fn start_entry(&self, entry: &Entry, instance: &mut Instance) -> Result {
        if instance.active {
            return Ok(());
        }
        let context = self.context.upgrade().map(ServerContext);
        let context = context.ok_or_else(|| PluginError::Ended { name: entry.name.clone() })?;
        let started = start_instance(&context, self, entry, instance).await;
        self.forget_if_panicked(entry, instance, &started);
        if let Err(error) = &started {
            if matches!(error, PluginError::Failed { step: Step::Start, .. }) {
                self.end_what_began(entry, instance).await;
            }
            self.give_back(&context, &entry.name);
            if !instance.inited {
                instance.clear();
            }
        }
        started
    }

    /// A start has failed on its way: what it has begun, handlers that are called for instance, ends,
    /// with the plugin itself if it does not end it.
    async fn end_what_began(&self, entry: &Entry, instance: &mut Instance) {
        match self.stop_instance(entry, instance).await {
            Ok(true) => {}
            Ok(false) => instance.clear(),
            Err(error) => {
                tracing::warn!("{error}");
                instance.clear();
            }
        }
    }

    async fn load_into(&self, entry: &Entry, instance: &mut Instance) -> Result {
        let active = instance.active;
        let plugin = instance.initialised_mut().ok_or_else(|| entry.not_initialised())?;
        let before = self.written().get(&entry.name).cloned();
        if let Err(error) = entry.watch(Step::LoadConfig, plugin.load_config()).await {
            self.remember(&entry.name, before);
            return Err(error);
        }
        if active && let Some(context) = self.context.upgrade().map(ServerContext) {
            let ports = entry.offers(&**plugin).await?;
            if let Err(error) = self.take_offers(&context, &entry.name, ports) {
                self.load_before(entry, &mut **plugin, before, &error).await?;
                return Err(error);
            }
            self.switch_on(&context, &entry.name);
        }
        Ok(())
    }

    /// Makes a plugin read again what it had read before: the broker could not take what it was to
    /// be. (One that does not read with [`PluginManager::read_config`] stays as it is.)
    async fn load_before(
        &self,
        entry: &Entry,
        plugin: &mut dyn Plugin,
        before: Option<Written>,
        error: &PluginError,
    ) -> Result {
        let Some(before) = before else { return Ok(()) };
        let load = BEFORE.scope((entry.name.clone(), before), plugin.load_config());
        let loaded = entry.watch(Step::LoadConfig, load).await;
        loaded.inspect_err(|_| tracing::warn!("{error}"))
    }

    async fn stop_instance(&self, entry: &Entry, instance: &mut Instance) -> Result<bool> {
        let Some(plugin) = instance.initialised_mut() else {
            return Ok(true);
        };
        let stopped = entry.watch(Step::Stop, plugin.stop()).await;
        self.forget_if_panicked(entry, instance, &stopped);
        if matches!(stopped, Ok(true)) {
            instance.active = false;
            self.give_back_ports(&entry.name);
        }
        stopped
    }

    /// Stops a plugin whatever it says, and lets it go.
    async fn retire(&self, entry: &Entry) {
        let mut instance = entry.instance.write().await;
        if instance.active
            && let Err(error) = self.stop_instance(entry, &mut instance).await
        {
            tracing::warn!("{error}");
        }
        self.give_back_ports(&entry.name);
        self.remember(&entry.name, None);
        instance.clear();
        instance.retired = true;
    }

    /// What a method left half done is not used again.
    fn forget_if_panicked<T>(&self, entry: &Entry, instance: &mut Instance, result: &Result<T>) {
        if matches!(result, Err(PluginError::Panicked { .. })) {
            instance.clear();
            self.give_back_ports(&entry.name);
        }
    }

    /// Takes what a plugin offers for the broker's: all of it, or after an error nothing.
    fn take_offers(&self, context: &ServerContext, name: &str, ports: Ports) -> Result {
        let offered = ports.offered();
        let withdrawn = {
            let mut table = self.lock();
            table.owners.check(name, &offered)?;
            let has_store = table.owners.of(name).contains(&Port::Store);
            if let Some(open_store) = ports.store
                && !context.set_store(open_store)
                && !has_store
            {
                return Err(PluginError::TooLate { name: name.to_owned(), port: Port::Store });
            }
            table.owners.replace(name, &offered)?
        };
        for port in withdrawn {
            context.switch(port, false);
        }
        if let Some(limits) = ports.retain {
            context.set_retained_limits(limits);
        }
        if let Some(sharing) = ports.sharing {
            context.set_sharing(sharing);
        }
        Ok(())
    }

    fn give_back_ports(&self, name: &str) {
        if let Some(context) = self.context.upgrade() {
            self.give_back(&ServerContext(context), name);
        }
    }

    fn give_back(&self, context: &ServerContext, name: &str) {
        for port in self.lock().owners.give_back(name) {
            context.switch(port, false);
        }
    }

    fn entry(&self, name: &str) -> Result<Arc<Entry>> {
        let entry = self.lock().entries.get(name).cloned();
        entry.ok_or_else(|| PluginError::Unknown { name: name.to_owned() })
    }

    fn mutable_entry(&self, name: &str) -> Result<Arc<Entry>> {
        let entry = self.entry(name)?;
        if entry.immutable {
            return Err(PluginError::Immutable { name: name.to_owned() });
        }
        Ok(entry)
    }

    /// The plugin that has this name, for whoever changes it.
    async fn claim(&self, name: &str) -> Result<(Arc<Entry>, OwnedRwLockWriteGuard<Instance>)> {
        loop {
            let entry = self.mutable_entry(name)?;
            if let Some(instance) = entry.claim().await {
                return Ok((entry, instance));
            }
            // It has just lost its name, to another or for ever.
        }
    }

    fn switch_on(&self, context: &ServerContext, name: &str) {
        for port in self.lock().owners.of(name) {
            context.switch(port, true);
        }
    }

    fn remember(&self, name: &str, written: Option<Written>) {
        match written {
            Some(written) => self.written().insert(name.to_owned(), written),
            None => self.written().remove(name),
        };
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<String, Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing is half done while the lock is held.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn start_instance(
    context: &ServerContext,
    manager: &PluginManager,
    entry: &Entry,
    instance: &mut Instance,
) -> Result {
    if instance.plugin.is_none() {
        let made = (entry.registration.construct)(context.clone(), entry.name.clone());
        instance.plugin = Some(entry.watch(Step::New, made).await?);
    }
    let Instance { plugin: Some(plugin), inited, active, .. } = instance else {
        unreachable!("it was made just now, or before")
    };
    let ports = entry.offers(&**plugin).await?;
    manager.take_offers(context, &entry.name, ports)?;
    if !*inited {
        entry.watch(Step::Init, plugin.init()).await?;
        *inited = true;
    }
    entry.watch(Step::Start, plugin.start()).await?;
    *active = true;
    manager.switch_on(context, &entry.name);
    Ok(())
}

impl fmt::Debug for PluginManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginManager").field("names", &self.names()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
