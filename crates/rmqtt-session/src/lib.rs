//! One client's MQTT protocol, as a value.
//!
//! Packets, answers and the time go in; bytes for the client and [`Action`]s for the broker come out.
//! There is no socket, no clock, no thread, no plugin and no other client here, so a conversation can
//! be replayed exactly.
//!
//! | step | type |
//! |---|---|
//! | a link until its CONNECT is accepted | [`Handshake`], which makes a [`ConnectRequest`] |
//! | the session, with a connection or without | [`Session`] |
//! | what a packet asks of the broker | [`Action`] |
//! | an acknowledgement that has to wait | [`Ticket`] |
//! | a message to the client | [`Delivery`], and what became of it: [`Delivered`]; [`Watch`] looks on |
//! | why a connection is refused or ended | [`Refusal`], [`CloseCause`] |
//! | the terms of a listener | [`ListenerPolicy`] |
//!
//! `Session` is composed of small machines, one file each: `inbound` (what the client sent), `gate`
//! (acknowledgements in order), `inflight` and `outbox` (what goes to the client), `topic_alias`,
//! `keep_alive`, `will`. The handlers are named after their packets: `on_publish`, `on_subscribe`, …

mod acknowledge;
mod action;
mod authentication;
mod close_cause;
mod connack;
mod connect_info;
mod connect_request;
mod deliver;
mod delivery;
mod dequeue_rate;
mod gate;
mod handshake;
mod inbound;
mod inflight;
mod journal;
mod keep_alive;
mod note;
mod on_acknowledgement;
mod on_auth;
mod on_disconnect;
mod on_publish;
mod on_subscribe;
mod on_unsubscribe;
mod outbox;
mod policy;
mod restored;
mod session;
mod session_expiry;
mod topic_alias;
mod watch;
mod will;

pub use action::{
    Action, Publication, Receipt, Scratch, SubscribeRequest, UnsubscribeRequest,
    UnwantedSubscription, WantedSubscription,
};
pub use authentication::{AuthenticationAnswer, AuthenticationQuestion, Exchange, Grant};
pub use close_cause::CloseCause;
pub use connack::write_connack;
pub use connect_info::ConnectInfo;
pub use connect_request::ConnectRequest;
pub use delivery::{Delivered, Delivery, DropReason, Keep, Orphan, Room, Shapes};
pub use gate::Ticket;
pub use handshake::{ClientIds, Handshake, HandshakeAction, HandshakeContext, Refusal};
pub use journal::Journal;
pub use policy::{Anonymous, Features, ListenerPolicy, Overflow, QueueLimits, QueueRate, Switches};
pub use restored::{Restored, RestoredInflight, RestoredMessage};
pub use session::{Detached, Due, Session};
pub use watch::Watch;
pub use will::Will;
