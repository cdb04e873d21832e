use std::collections::VecDeque;

use rmqtt_broker::LinkId;

use crate::ledger::{ClientNumber, MessageNumber};

/// One connection, of all connections of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WireNumber(pub(crate) usize);

/// All connections of a run, those that have ended too.
#[derive(Debug, Default)]
pub(crate) struct Network {
    wires: Vec<Wire>,
    claims: u64,
}

/// A connection as two sockets and what is between them.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) client: ClientNumber,
    pub(crate) place: Place,
    /// From the client, not read yet.
    pub(crate) up: VecDeque<u8>,
    /// What the broker finds behind the last byte.
    pub(crate) up_end: Option<UpEnd>,
    /// To the client, not read yet.
    pub(crate) down: VecDeque<u8>,
    /// How much the client's socket takes before it is read.
    pub(crate) down_max: usize,
    /// The broker has closed: nothing follows what is in `down`.
    pub(crate) down_ended: bool,
    /// Readiness to read is being watched.
    pub(crate) watched: bool,
    /// Readiness to write is being watched, after a short write.
    pub(crate) wants_room: bool,
    /// The first bytes to the client, until they are a packet.
    pub(crate) greeting: Option<Vec<u8>>,
    /// When the broker has done with it, monotonic milliseconds.
    pub(crate) detached_mono_ms: Option<u64>,
    /// What is published when it ends without a goodbye.
    pub(crate) will: Option<LeftWill>,
    /// The client's last packet is DISCONNECT, without its Will.
    pub(crate) says_goodbye: bool,
    /// The client is not at the other end any more.
    pub(crate) abandoned: bool,
    /// Its CONNECT ends the client's session, at once or with this connection.
    pub(crate) ends_session: bool,
    /// Its place among the claims that the directory has taken; a claim may be made again.
    pub(crate) claimed: Option<u64>,
    /// The most bytes that the broker has read at once.
    pub(crate) largest_read: usize,
    /// The broker was lost, and the connection with it.
    pub(crate) is_lost: bool,
    /// Its session, if it has got one, outlives it.
    pub(crate) is_persistent: bool,
    /// What the broker had to say at the end did not find room.
    pub(crate) is_cut_short: bool,
    /// Its client sends only what clients send.
    pub(crate) keeps_rules: bool,
}

/// A Will that a client has left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeftWill {
    pub(crate) message: MessageNumber,
    pub(crate) is_delayed: bool,
}

/// Where the broker's end of a wire is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Connecting to this worker.
    Dialling { worker: usize },
    /// In a worker's hands.
    At { worker: usize, link: LinkId },
    /// Between two workers.
    Moving,
    /// Closed, or lost.
    Nowhere,
}

/// How the client's direction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpEnd {
    /// In order: the bytes come first.
    Eof,
    /// At once: what was not read is lost.
    Reset,
}

impl Network {
    pub(crate) fn dial(
        &mut self,
        client: ClientNumber,
        worker: usize,
        down_max: usize,
        ends_session: bool,
    ) -> WireNumber {
        self.wires.push(Wire {
            client,
            place: Place::Dialling { worker },
            up: VecDeque::new(),
            up_end: None,
            down: VecDeque::new(),
            down_max,
            down_ended: false,
            watched: true,
            wants_room: false,
            greeting: Some(Vec::new()),
            detached_mono_ms: None,
            will: None,
            says_goodbye: false,
            abandoned: false,
            ends_session,
            claimed: None,
            largest_read: 0,
            is_lost: false,
            is_persistent: false,
            is_cut_short: false,
            keeps_rules: true,
        });
        WireNumber(self.wires.len() - 1)
    }

    pub(crate) fn wire(&self, wire: WireNumber) -> &Wire {
        &self.wires[wire.0]
    }

    pub(crate) fn wire_mut(&mut self, wire: WireNumber) -> &mut Wire {
        &mut self.wires[wire.0]
    }

    /// The directory takes the wire's claim of a session.
    pub(crate) fn claim(&mut self, wire: WireNumber) {
        self.claims += 1;
        self.wires[wire.0].claimed = Some(self.claims);
    }

    /// Whether a CONNECT that the client has sent before, on a connection that it has given up, has
    /// come to the directory after that of `wire`, and has ended the session there. A client cannot
    /// know, and no broker can help it.
    pub(crate) fn is_usurped(&self, wire: WireNumber) -> bool {
        let of = self.wire(wire);
        let others = self.wires[..wire.0].iter().filter(|other| other.client == of.client);
        others.into_iter().any(|other| other.ends_session && other.claimed > of.claimed)
    }

    /// Whether the broker has no other connection of the same client, open or about to be.
    pub(crate) fn is_only_one(&self, wire: WireNumber) -> bool {
        let client = self.wire(wire).client;
        let there = self.that(|other| other.client == client && other.place != Place::Nowhere);
        there == [wire]
    }

    /// The wires that connect to a worker, oldest first.
    pub(crate) fn dialling_to(&self, worker: usize) -> Vec<WireNumber> {
        self.that(|wire| wire.place == Place::Dialling { worker })
    }

    /// The wires that the broker has not closed.
    pub(crate) fn open_wires(&self) -> Vec<WireNumber> {
        self.that(|wire| wire.place != Place::Nowhere)
    }

    /// The wires whose client has gone without the broker's getting to know.
    pub(crate) fn half_open(&self) -> Vec<WireNumber> {
        self.that(|wire| wire.abandoned && wire.up_end.is_none() && wire.place != Place::Nowhere)
    }

    fn that(&self, is_it: impl Fn(&Wire) -> bool) -> Vec<WireNumber> {
        let numbered = self.wires.iter().enumerate();
        numbered.filter(|(_, wire)| is_it(wire)).map(|(number, _)| WireNumber(number)).collect()
    }
}

impl Wire {
    /// Bytes that the client's socket takes now.
    pub(crate) fn room(&self) -> usize {
        self.down_max.saturating_sub(self.down.len())
    }

    /// Whether the broker finds something to read.
    pub(crate) fn is_readable(&self) -> bool {
        !self.up.is_empty() || self.up_end.is_some()
    }

    /// The client is gone. Of what it has sent, `bytes` arrive, and then `end`, if the broker gets to
    /// know.
    pub(crate) fn abandon(&mut self, bytes: usize, end: Option<UpEnd>) {
        self.abandoned = true;
        self.up.truncate(bytes);
        self.up_end = end;
        self.down.clear();
    }
}
