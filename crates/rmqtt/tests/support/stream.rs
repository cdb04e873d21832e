//! A connected client as its bare socket.

use std::io::{Read, Write};
use std::net::TcpStream;

use rmqtt_test::Connect;
use rmqtt_test::request::Request;

/// Sends CONNECT and reads the accepting CONNACK.
pub(crate) fn join(mut stream: TcpStream, connect: &Connect) -> TcpStream {
    stream.set_nodelay(true).unwrap();
    stream.write_all(&connect.bytes(connect.version)).unwrap();
    let connack = read_packet(&mut stream);
    assert_eq!(connack[..3], [0x20, 0, 0], "CONNACK, no session present, accepted");
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
