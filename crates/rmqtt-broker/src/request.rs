//! What workers ask of the directory, and what it answers. Requests of one worker are taken in their
//! order, and so are the answers to one worker.

use std::sync::Arc;

use rmqtt_codec::{QoS, ReasonCode};
use rmqtt_message::{Message, SessionId};
use rmqtt_session::{SubscribeRequest, Ticket, UnsubscribeRequest};

use crate::address::{Address, LinkToken};
use crate::delayed::DelayedMessage;
use crate::matched::Match;
use crate::session_card::{SessionCard, SessionRef};

/// A question to the directory. Every one but [`Request::End`] is answered.
#[derive(Debug)]
pub enum Request {
    /// A link wants the session of its client.
    Claim(Claim),
    /// A session is over.
    End {
        /// Its place in the route table.
        session: SessionRef,
        /// Its name.
        id: SessionId,
    },
    /// Subscribe a session.
    Subscribe {
        /// Who.
        to: Subject,
        /// What.
        request: SubscribeRequest,
        /// Subscriptions that the session may have (0: no bound).
        subscriptions_max: usize,
    },
    /// Unsubscribe a session.
    Unsubscribe {
        /// Who.
        to: Subject,
        /// What.
        request: UnsubscribeRequest,
    },
    /// Store a retained message and say who gets it now.
    Retain {
        /// The message.
        message: Message,
        /// Who waits for the answer.
        origin: Origin,
    },
    /// Publish a message later.
    Delay {
        /// The message.
        message: Message,
        /// How much later, seconds.
        delay_s: u32,
        /// Who waits for the answer.
        origin: Origin,
    },
}

/// A link's wish for the session of its client.
#[derive(Debug)]
pub struct Claim {
    /// The link.
    pub token: LinkToken,
    /// The card of the session that begins if there is none to continue.
    pub card: Arc<SessionCard>,
    /// Whether an older session has to end.
    pub clean_start: bool,
}

/// A session that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Its place in the route table.
    pub session: SessionRef,
    /// Who waits for the answer.
    pub asker: Caller,
}

/// A session that waits for an answer, and reads nothing more until then: on the link that asked, or on
/// one that has come meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Where the session lives.
    pub address: Address,
    /// The acknowledgement that waits.
    pub ticket: Option<Ticket>,
}

/// Where a message came from, and what waits for its routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A PUBLISH of a client.
    Client(Caller),
    /// A Will, or the broker itself: this worker routes it.
    Broker {
        /// The worker.
        worker: u16,
    },
    /// The schedule of delayed messages: the worker that was told of the message routes it.
    Schedule {
        /// The worker.
        worker: u16,
    },
}

impl Origin {
    pub(crate) fn worker(&self) -> u16 {
        match self {
            Self::Client(caller) => caller.address.worker,
            Self::Broker { worker } | Self::Schedule { worker } => *worker,
        }
    }
}

/// An answer, or an order, of the directory.
#[derive(Debug)]
pub enum Reply {
    /// The link has a new session: the one of its claim's card.
    Claimed {
        /// The link.
        token: LinkToken,
        /// The claim's card, which is the session's from now on.
        card: Arc<SessionCard>,
        /// The session's place in the route table.
        session: SessionRef,
    },
    /// The session exists, at this address: the link has to go there.
    Continue {
        /// The link.
        token: LinkToken,
        /// The claim's card, which is not needed.
        card: Arc<SessionCard>,
        /// The session.
        address: Address,
    },
    /// The link gets no session.
    NotClaimed {
        /// The link.
        token: LinkToken,
        /// The claim's card, which is not needed.
        card: Arc<SessionCard>,
        /// The reason for CONNACK.
        code: ReasonCode,
    },
    /// The session at this address has to end, since a clean start replaces it. Then the link has
    /// its new session.
    Replace {
        /// The old session.
        address: Address,
        /// The link.
        token: LinkToken,
        /// The claim's card, which is the new session's.
        card: Arc<SessionCard>,
        /// The new session's place in the route table.
        session: SessionRef,
    },
    /// The subscriptions are made and visible.
    Subscribed {
        /// Who.
        caller: Caller,
        /// What was asked.
        request: SubscribeRequest,
        /// The codes, in the order of the filters.
        codes: Box<[ReasonCode]>,
        /// Retained messages to send.
        retained: Vec<RetainedDelivery>,
    },
    /// The subscriptions are gone.
    Unsubscribed {
        /// Who.
        caller: Caller,
        /// What was asked.
        request: UnsubscribeRequest,
        /// The codes, in the order of the filters.
        codes: Box<[ReasonCode]>,
    },
    /// The message is stored, if it was one to store; its receivers are these.
    Route {
        /// The message.
        message: Message,
        /// Who gets it.
        matched: Arc<Match>,
        /// Who waits for the answer.
        origin: Origin,
    },
    /// The message waits for its time, or was refused.
    Delayed {
        /// Who waits for the answer.
        origin: Origin,
        /// What waits; or the message that was refused, and the reason for its acknowledgement.
        waits: Result<DelayedMessage, (Message, ReasonCode)>,
    },
}

/// A retained message for a new subscription.
#[derive(Debug, Clone)]
pub struct RetainedDelivery {
    /// The message.
    pub message: Message,
    /// The QoS granted.
    pub qos: QoS,
    /// The identifiers of the subscriptions of this SUBSCRIBE, at most one.
    pub subscription_id: Option<u32>,
}
