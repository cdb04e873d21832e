//! How a plugin is made.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use rmqtt_keys::{Problems, Read, Written};

use super::{Package, Plugin};
use crate::context::ServerContext;

/// A plugin that is being made.
pub type Constructed = Pin<Box<dyn Future<Output = super::Result<Box<dyn Plugin>>> + Send>>;

/// Everything that is known of a plugin before it is made. [`register!`](crate::register) writes it.
#[derive(Clone, Copy)]
pub struct Registration {
    /// Its package.
    pub package: Package,
    /// Makes the plugin, under a name.
    pub construct: fn(ServerContext, String) -> Constructed,
    /// Checks its configuration without making it; what was written, or nothing for the catalogue of
    /// its keys.
    pub check: fn(&Written) -> Result<Read<()>, Problems>,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("package", &self.package).finish_non_exhaustive()
    }
}

/// Declares in a plugin's crate how it is registered.
///
/// `register!(Type::new)` names an `async fn new(ServerContext, impl Into<String>)` that yields the
/// plugin, and makes three functions: `registration`, `register` (under the package's name) and
/// `register_named`.
///
/// `register!(Type::new, Config::read)` names besides a `fn read(&mut Section<'_, '_>) -> Config` that
/// declares and reads the plugin's keys, so that its configuration can be checked without the plugin.
/// Without it the plugin has no keys, and one that is written is a problem.
#[macro_export]
macro_rules! register {
    ($new:path) => {
        $crate::register!($new, |_| ());
    };
    ($new:path, $read:expr) => {
        /// How this plugin is made.
        #[must_use]
        pub fn registration() -> $crate::plugin::Registration {
            $crate::plugin::Registration {
                package: $crate::package!(),
                construct: |scx, name| {
                    ::std::boxed::Box::pin(async move {
                        let plugin = $new(scx, name).await?;
                        let plugin: ::std::boxed::Box<dyn $crate::plugin::Plugin> =
                            ::std::boxed::Box::new(plugin);
                        ::core::result::Result::Ok(plugin)
                    })
                },
                check: |written| {
                    $crate::plugin::read_written(written, |section| {
                        let read: fn(&mut $crate::plugin::keys::Section<'_, '_>) -> _ = $read;
                        let _config = read(section);
                    })
                },
            }
        }

        /// Registers this plugin under the name of its package.
        ///
        /// # Errors
        /// It was to start (`default_startup`) and could not.
        pub async fn register(
            scx: &$crate::ServerContext,
            default_startup: bool,
            immutable: bool,
        ) -> ::core::result::Result<(), $crate::plugin::PluginError> {
            let name = ::core::env!("CARGO_PKG_NAME");
            register_named(scx, name, default_startup, immutable).await
        }

        /// Registers this plugin under a name of its own; its configuration has that name too.
        ///
        /// # Errors
        /// It was to start (`default_startup`) and could not.
        pub async fn register_named(
            scx: &$crate::ServerContext,
            name: impl ::core::convert::Into<::std::string::String>,
            default_startup: bool,
            immutable: bool,
        ) -> ::core::result::Result<(), $crate::plugin::PluginError> {
            let (registration, name) = (registration(), name.into());
            scx.plugins().register(registration, name, default_startup, immutable).await
        }
    };
}
