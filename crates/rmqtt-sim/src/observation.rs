use rmqtt_codec::{PacketId, QoS, ReasonCode};

use crate::hostile::{Deed, Ending};
use crate::ledger::{ClientNumber, MessageNumber, Moment, SessionNumber, SubscriptionNumber};
use crate::network::WireNumber;

/// Something that an invariant may want to know at once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Observation {
    /// The broker has put a CONNACK that says success on the wire.
    Accepted { wire: WireNumber, client: ClientNumber },
    /// The directory has ended the session of a client, if it had one, since a CONNECT wants it.
    Restarted { client: ClientNumber },
    /// The broker has done with the wire: it has closed it, or knows that it is lost.
    Detached { wire: WireNumber },
    /// CONNACK has come to a client.
    Connected { session: SessionNumber, kept: Kept, session_present: bool },
    /// A PUBLISH with an acknowledged QoS has come to a client.
    Arrived {
        wire: WireNumber,
        session: SessionNumber,
        packet_id: PacketId,
        dup: bool,
        message: MessageNumber,
        /// How many the client takes at a time.
        window: u16,
    },
    /// The client has sent PUBACK or PUBCOMP.
    Settled { wire: WireNumber, session: SessionNumber, packet_id: PacketId },
    /// The application of a client sees a message that is no retained copy.
    Delivered {
        session: SessionNumber,
        message: MessageNumber,
        qos: QoS,
        dup: bool,
        /// How often the session has seen it, this time included.
        times: u32,
    },
    /// A PUBLISH has come to a client.
    Carried {
        message: MessageNumber,
        dup: bool,
        /// Whether its version can say when it expires.
        tells_expiry: bool,
        /// Its Message Expiry Interval.
        expiry_s: Option<u32>,
        /// When the client began to connect, Unix milliseconds: it was sent after that.
        since_wall_ms: u64,
        since: Moment,
    },
    /// A client gets a retained message, for a subscription that it has made.
    /// `identifier`: what it says of its subscription.
    DeliveredRetained { session: SessionNumber, message: MessageNumber, identifier: Option<u32> },
    /// A client knows that it is subscribed.
    Subscribed { subscription: SubscriptionNumber },
    /// A client has sent a packet that is answered once.
    Asked { wire: WireNumber, ask: Ask, packet_id: PacketId },
    /// The answer has come.
    Answered { wire: WireNumber, ask: Ask, packet_id: PacketId },
    /// What a worker holds for a client, and what is the most.
    Held { what: &'static str, amount: usize, amount_max: usize },
    /// The publisher of a message sends it again.
    Repeated { message: MessageNumber },
    /// The broker has written down that persistent sessions have to get the message.
    Recorded { message: MessageNumber },
    /// The store has committed that.
    Committed { message: MessageNumber },
    /// The broker has taken a message over from its publisher.
    TakenOver { message: MessageNumber },
    /// A client has got DISCONNECT. `is_authenticating`: it has asked to be judged anew.
    Told { client: ClientNumber, code: ReasonCode, is_authenticating: bool },
    /// The broker has closed the connection of a client of MQTT 5 that was accepted, and there was room to
    /// say why.
    ClosedInSilence { client: ClientNumber },
    /// An authenticator has admitted a client.
    Admitted { client: ClientNumber },
    /// What became of a deed against the rules; `None`: the client had committed none. `is_told`:
    /// there is a packet that says why a connection ends, and room for it in the socket.
    Judged { client: ClientNumber, deed: Option<Deed>, is_told: bool, ending: Ending },
    /// Bytes came that are no packet of the client's version, or a packet that no server sends.
    Nonsense { client: ClientNumber },
}

/// What a client knows of its session when it is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It has one, and the broker has to have it, too.
    Surely,
    /// It had one that may be over by now.
    Perhaps,
    /// It has asked for a new one.
    No,
}

/// Packets that have an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    PublishQos1,
    PublishQos2,
    PubRel,
    Subscribe,
    Unsubscribe,
}
