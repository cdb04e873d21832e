//! A blocking client at packet level. Every read has a deadline and every surprise is a panic that
//! says what came instead.

mod expect;

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::sockopt;

use crate::answer::{Ack, ConnAck, Delivery, Packet, SubAck};
use crate::request::{
    Connect, Disconnect, PINGREQ, Publish, Request, Subscribe, Unsubscribe, acknowledge, kind,
};
use crate::version::Version;

/// How long a read waits for the server unless a test says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// How long a peer may go on sending something else than what is awaited.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client hears within a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Heard {
    /// A packet.
    Packet(Packet),
    /// The server has closed the connection.
    Close,
    /// Neither.
    Nothing,
}

/// A connection to the broker.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    version: Version,
    deadline: Duration,
    connack: ConnAck,
    /// Bytes received that are no whole packet yet.
    input: Vec<u8>,
    /// Packets that came while another one was awaited, in their order.
    set_aside: VecDeque<Packet>,
    last_packet_id: u16,
    /// The Maximum Packet Size of the CONNECT, which no packet received may exceed.
    packet_size_max: usize,
}

impl RawClient {
    /// A TCP connection on which nothing was sent yet.
    ///
    /// # Panics
    /// If the broker cannot be reached.
    pub fn open(address: SocketAddr, version: Version) -> Self {
        let stream = TcpStream::connect_timeout(&address, DEADLINE)
            .unwrap_or_else(|problem| panic!("no connection to {address}: {problem}"));
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        Self {
            stream,
            version,
            deadline: DEADLINE,
            connack: ConnAck::default(),
            input: Vec::new(),
            set_aside: VecDeque::new(),
            last_packet_id: 0,
            packet_size_max: usize::MAX,
        }
    }

    /// A connection whose CONNECT was accepted.
    ///
    /// # Panics
    /// If the broker cannot be reached or refuses.
    pub fn connected(address: SocketAddr, connect: &Connect) -> Self {
        let mut client = Self::open(address, connect.version);
        let connack = client.connect(connect);
        assert_eq!(connack.code, 0, "the broker refuses {connect:?}");
        client
    }

    /// The accepting CONNACK.
    pub fn connack(&self) -> &ConnAck {
        &self.connack
    }

    /// The version this connection speaks.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Waits longer (or shorter) for packets from now on.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Sends a packet.
    pub fn send(&mut self, request: &impl Request) {
        let bytes = request.bytes(self.version);
        self.send_bytes(&bytes);
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// If the server does not take them before the deadline. That it closed the connection is no
    /// failure here; the next read shows it.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.set_write_timeout(Some(self.deadline)).expect("a deadline is not zero");
        if let Err(problem) = self.stream.write_all(bytes) {
            assert!(is_closed(problem.kind()), "cannot send: {problem}");
        }
    }

    /// A packet identifier that this connection has not used lately.
    pub fn next_packet_id(&mut self) -> u16 {
        self.last_packet_id = self.last_packet_id.checked_add(1).unwrap_or(1);
        self.last_packet_id
    }

    /// The next packet, or `None` when the server closed the connection.
    ///
    /// # Panics
    /// If neither comes before the deadline, or if the packet is malformed.
    pub fn next_packet(&mut self) -> Option<Packet> {
        self.set_aside.pop_front().or_else(|| self.next_from_wire())
    }

    /// What is heard next, if anything is within this time.
    ///
    /// # Panics
    /// If a packet is malformed.
    pub fn heard_within(&mut self, time: Duration) -> Heard {
        match self.set_aside.pop_front() {
            Some(packet) => Heard::Packet(packet),
            None => self.hear_wire_within(time),
        }
    }

    fn next_from_wire(&mut self) -> Option<Packet> {
        match self.hear_wire_within(self.deadline) {
            Heard::Packet(packet) => Some(packet),
            Heard::Close => None,
            Heard::Nothing => {
                panic!("nothing came before the deadline; incomplete: {:?}", self.input)
            }
        }
    }

    fn hear_wire_within(&mut self, time: Duration) -> Heard {
        let until = Instant::now() + time;
        loop {
            if let Some(packet) = self.take_packet() {
                return Heard::Packet(packet);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Heard::Nothing;
            }
            self.stream.set_read_timeout(Some(left)).expect("a deadline is not zero");
            let mut chunk = [0; 16 * 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    assert!(self.input.is_empty(), "closed in the middle of {:?}", self.input);
                    return Heard::Close;
                }
                Ok(count) => self.input.extend_from_slice(&chunk[..count]),
                Err(problem) if is_closed(problem.kind()) => return Heard::Close,
                Err(problem) if is_pause(problem.kind()) => {}
                Err(problem) => panic!("cannot read: {problem}"),
            }
        }
    }

    /// All bytes up to the server's close, unparsed.
    fn rest_of_stream(&mut self) -> Vec<u8> {
        let until = Instant::now() + self.deadline;
        let mut bytes = std::mem::take(&mut self.input);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no close after {bytes:02x?}");
            self.stream.set_read_timeout(Some(left)).expect("a deadline is not zero");
            let mut chunk = [0; 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => return bytes,
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(problem) if is_closed(problem.kind()) => return bytes,
                Err(problem) if is_pause(problem.kind()) => {}
                Err(problem) => panic!("cannot read: {problem}"),
            }
        }
    }

    /// Reads until the server has closed.
    fn wait_for_close(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.next_packet().is_some() {
            assert!(Instant::now() < until, "the server goes on sending");
        }
    }

    /// Takes a whole packet from the front of the input.
    fn take_packet(&mut self) -> Option<Packet> {
        let mut length = 0;
        let mut shift = 0;
        let mut body_at = 1;
        loop {
            let byte = *self.input.get(body_at)?;
            length |= usize::from(byte & 0x7F) << shift;
            body_at += 1;
            shift += 7;
            if byte & 0x80 == 0 {
                assert!(byte != 0 || shift == 7, "the Remaining Length is longer than needed");
                break;
            }
            assert!(shift < 28, "the Remaining Length has more than four bytes");
        }
        let size = body_at + length;
        assert!(size <= self.packet_size_max, "{size} bytes exceed the client's maximum");
        let body = self.input.get(body_at..size)?;
        let packet = Packet::parse(self.input[0], body, self.version).unwrap_or_else(|problem| {
            panic!("the broker sent a bad packet: {problem}: {:02x?}", &self.input[..size])
        });
        self.input.drain(..size);
        Some(packet)
    }

    /// The next packet that `wanted` accepts; others are set aside for later.
    fn next_that<T>(&mut self, what: &str, wanted: impl Fn(&Packet) -> Option<T>) -> T {
        if let Some(at) = self.set_aside.iter().position(|packet| wanted(packet).is_some()) {
            let packet = self.set_aside.remove(at).expect("the position was just found");
            return wanted(&packet).expect("the packet was just accepted");
        }
        let until = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < until, "{what} expected, and everything else comes");
            match self.next_from_wire() {
                Some(Packet::Disconnect(disconnect)) => panic!("{what} expected: {disconnect:?}"),
                Some(packet) => match wanted(&packet) {
                    Some(found) => return found,
                    None => self.set_aside.push_back(packet),
                },
                None => panic!("{what} expected, but the connection was closed"),
            }
        }
    }
}

/// Whole exchanges.
impl RawClient {
    /// Sends a CONNECT, and from now on takes only packets of its version that are within its maximum.
    pub fn begin(&mut self, connect: &Connect) {
        self.version = connect.version;
        if let Some(maximum) = connect.properties.maximum_packet_size() {
            self.packet_size_max = usize::try_from(maximum).unwrap_or(usize::MAX);
        }
        self.send(connect);
    }

    /// Sends a CONNECT and returns the CONNACK, whatever it says.
    ///
    /// # Panics
    /// If something else comes first.
    pub fn connect(&mut self, connect: &Connect) -> ConnAck {
        self.begin(connect);
        self.connack = match self.next_packet() {
            Some(Packet::ConnAck(connack)) => connack,
            other => panic!("CONNACK expected, not {other:?}"),
        };
        self.connack.clone()
    }

    /// Publishes and completes the exchange; returns the reason code of the first acknowledgement
    /// (0 with QoS 0).
    pub fn publish(&mut self, topic: &str, qos: u8, payload: &str) -> u8 {
        self.publish_with(Publish::new(topic, payload).qos(qos))
    }

    /// Publishes and completes the exchange; returns the reason code of the first acknowledgement
    /// (0 with QoS 0).
    ///
    /// # Panics
    /// If an acknowledgement is missing or carries another packet identifier.
    pub fn publish_with(&mut self, mut publish: Publish) -> u8 {
        let id = match publish.packet_id {
            Some(id) => id,
            None if publish.qos == 0 => 0,
            None => self.next_packet_id(),
        };
        if publish.qos > 0 {
            publish.packet_id = Some(id);
        }
        self.send(&publish);
        match publish.qos {
            0 => 0,
            1 => self.expect_puback(id).reason,
            _ => {
                let reason = self.expect_pubrec(id).reason;
                if reason < 0x80 {
                    self.send_bytes(&acknowledge(kind::PUBREL, id));
                    self.expect_pubcomp(id);
                }
                reason
            }
        }
    }

    /// Subscribes to one filter and returns the code.
    pub fn subscribe(&mut self, filter: &str, options: u8) -> u8 {
        self.subscribe_with(Subscribe::new().filter(filter, options)).codes[0]
    }

    /// Subscribes and returns the SUBACK.
    ///
    /// # Panics
    /// If no SUBACK with the request's packet identifier comes.
    pub fn subscribe_with(&mut self, mut subscribe: Subscribe) -> SubAck {
        let id = subscribe.packet_id.unwrap_or_else(|| self.next_packet_id());
        subscribe.packet_id = Some(id);
        self.send(&subscribe);
        self.next_that("SUBACK", |packet| match packet {
            Packet::SubAck(suback) if suback.packet_id == id => Some(suback.clone()),
            _ => None,
        })
    }

    /// Unsubscribes from one filter.
    pub fn unsubscribe(&mut self, filter: &str) -> SubAck {
        self.unsubscribe_with(Unsubscribe::new().filter(filter))
    }

    /// Unsubscribes and returns the UNSUBACK.
    ///
    /// # Panics
    /// If no UNSUBACK with the request's packet identifier comes.
    pub fn unsubscribe_with(&mut self, mut unsubscribe: Unsubscribe) -> SubAck {
        let id = unsubscribe.packet_id.unwrap_or_else(|| self.next_packet_id());
        unsubscribe.packet_id = Some(id);
        self.send(&unsubscribe);
        self.next_that("UNSUBACK", |packet| match packet {
            Packet::UnsubAck(unsuback) if unsuback.packet_id == id => Some(unsuback.clone()),
            _ => None,
        })
    }

    /// Receives a message and completes its exchange as the receiver.
    pub fn take(&mut self) -> Delivery {
        let delivery = self.expect_delivery();
        self.accept(&delivery);
        delivery
    }

    /// Completes the exchange of a received message.
    ///
    /// # Panics
    /// If the broker does not go on with it.
    pub fn accept(&mut self, delivery: &Delivery) {
        let Some(id) = delivery.packet_id else { return };
        if delivery.qos == 1 {
            self.send_bytes(&acknowledge(kind::PUBACK, id));
        } else {
            self.send_bytes(&acknowledge(kind::PUBREC, id));
            assert_eq!(self.expect_pubrel(id).reason, 0, "the broker forgot what it sent");
            self.send_bytes(&acknowledge(kind::PUBCOMP, id));
        }
    }

    /// PINGREQ and PINGRESP: everything sent before was handled by the server. Messages that come
    /// meanwhile are set aside.
    pub fn ping(&mut self) {
        self.send_bytes(&PINGREQ);
        self.next_that("PINGRESP", |packet| matches!(packet, Packet::PingResp).then_some(()));
    }

    /// Sends a normal DISCONNECT and waits until the server has closed too.
    pub fn leave(self) {
        self.leave_with(&Disconnect::new(0));
    }

    /// Sends this DISCONNECT and waits until the server has closed too.
    pub fn leave_with(mut self, disconnect: &Disconnect) {
        self.send(disconnect);
        self.stop_sending();
        self.wait_for_close();
    }

    /// Closes the sending half, so that the server reads the end of the stream.
    pub fn stop_sending(&mut self) {
        // The server may have closed already, which is as good.
        drop(self.stream.shutdown(Shutdown::Write));
    }

    /// Breaks the connection, as a host does that knows nothing of it any more: with an RST.
    ///
    /// # Panics
    /// If the socket does not take the option for it.
    pub fn reset(self) {
        let at_once = Some(Duration::ZERO);
        sockopt::set_socket_linger(&self.stream, at_once).expect("a socket has this option");
    }

    /// Ends the connection without DISCONNECT and waits until the server has closed its half, so
    /// that it is known to have noticed.
    pub fn abort(mut self) {
        self.stop_sending();
        self.wait_for_close();
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl RawClient {
    fn expect_ack(&mut self, what: &str, id: u16, of: impl Fn(&Packet) -> Option<&Ack>) -> Ack {
        self.next_that(what, |packet| of(packet).filter(|ack| ack.packet_id == id).cloned())
    }
}
