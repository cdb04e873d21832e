//! What threads share is made of these: of the standard library and tokio, and in the models of loom,
//! which runs every order of the steps of two threads.

#[cfg(all(test, rmqtt_loom))]
pub(crate) use self::modelled::{AtomicU64, Mutex, MutexGuard, Notify};
#[cfg(not(all(test, rmqtt_loom)))]
pub(crate) use self::real::{AtomicU64, Mutex, MutexGuard, Notify};

#[cfg(not(all(test, rmqtt_loom)))]
mod real {
    pub(crate) use std::sync::atomic::AtomicU64;
    pub(crate) use std::sync::{Mutex, MutexGuard};

    pub(crate) use tokio::sync::Notify;
}

#[cfg(all(test, rmqtt_loom))]
mod modelled {
    pub(crate) use loom::sync::atomic::AtomicU64;
    pub(crate) use loom::sync::{Mutex, MutexGuard};

    /// As tokio's: a notification that nobody waits for is kept, and a second one adds nothing.
    pub(crate) struct Notify(loom::sync::Notify);

    impl Notify {
        pub(crate) fn new() -> Self {
            Self(loom::sync::Notify::new())
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify();
        }

        /// For the drivers, which no model runs.
        pub(crate) async fn notified(&self) {
            self.wait();
        }

        pub(crate) fn wait(&self) {
            self.0.wait();
        }
    }
}
