//! The broker's plugins, for programs that embed it: one feature and one module each.
//!
//! | feature | module |
//! |---|---|
//! | `counter` | `counter` |
//! | `retainer` (`retainer-ram`) | `retainer` |
//! | `shared-subscription` | `shared_subscription` |
//! | `full` | all of them |
//!
//! Each has `register(&scx, default_startup, immutable)` and `register_named`; a context without them
//! has no retained messages and no shared subscriptions, and shows no metrics.

#[cfg(feature = "counter")]
pub use rmqtt_counter as counter;
#[cfg(feature = "retainer-ram")]
pub use rmqtt_retainer as retainer;
#[cfg(feature = "shared-subscription")]
pub use rmqtt_shared_subscription as shared_subscription;
