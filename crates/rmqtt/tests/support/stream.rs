//! A connected client as its bare socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use rmqtt_test::Connect;
use rmqtt_test::request::Request;

/// Connects, and reads the accepting CONNACK.
pub(crate) fn connected(address: SocketAddr, connect: &Connect) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(&connect.bytes(connect.version)).unwrap();
    assert_eq!(
        read_packet(&mut stream)[..3],
        [0x20, 0, 0],
        "CONNACK, first byte and two of its body"
    );
    stream
}

/// A packet of less than 128 bytes: its first byte and its body.
pub(crate) fn read_packet(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 2];
    stream.read_exact(&mut header).unwrap();
    let mut packet = vec![0; usize::from(header[1]) + 1];
    packet[0] = header[0];
    stream.read_exact(&mut packet[1..]).unwrap();
    packet
}
