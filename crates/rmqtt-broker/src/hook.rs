//! Where others look on and have a say.
//!
//! The engine knows the points, what is told at each, and what may be answered; who listens is behind
//! [`Hooks`]. *Events* are told to observers. *Questions* are put to deciders, who answer at once or
//! later: then whatever hangs on the answer waits, in its place among the client's packets, and the
//! engine goes on with [`Worker::handle_verdict`](crate::Worker::handle_verdict).
//!
//! | a packet | is asked at | and told at |
//! |---|---|---|
//! | CONNECT | `client_connect`, `client_authenticate`, `client_connack` | `session_created`, `client_connected` |
//! | SUBSCRIBE | `client_subscribe`, `client_subscribe_check_acl` | `session_subscribed` |
//! | UNSUBSCRIBE | `client_unsubscribe` | `session_unsubscribed` |
//! | PUBLISH, Will | `message_publish`, `message_publish_check_acl` | `message_published` |
//! | a message to a client | `message_expiry_check`, `message_delivered` (at once only) | `message_acked`, `message_dropped`, `offline_message` |
//!
//! A point at which nobody listens costs one look at a mask.

mod client;
mod event;
mod point;
mod port;
mod publish;

pub use client::Client;
pub use event::{DisconnectReason, DroppedReason, Event, TerminationReason};
pub use point::{Point, Points};
pub use port::{Answer, Hooks, NoHooks, PublicationRef, PublishVerdict, QuestionId, Verdict};
pub use publish::{InvalidPublish, Publish};
