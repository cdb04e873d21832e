use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use rmqtt_test::request::Request;
use rmqtt_test::{Connect, Publish, Subscribe, Version};

use crate::chance::Chance;
use crate::ground::Ground;

/// Sends what is no MQTT, or nearly. The broker may answer or not; it closes what cannot go on, and
/// it closes once the client has.
pub(super) fn run(ground: &Ground, nth: u64) {
    let mut chance = ground.chance(200 + nth);
    while !ground.is_over() {
        let mut stream = TcpStream::connect(ground.address()).expect("the broker accepts");
        let bytes = some_bytes(&mut chance);
        // The broker may have closed in the middle of it.
        let taken = stream.write_all(&bytes).is_ok();
        if chance.one_in(50) {
            // Half a CONNECT, or silence: closed by the broker's own deadline or by the keep-alive,
            // which may be any that the bytes say. It is not waited for longer than that deadline.
            ground.count("clients left in the middle", u64::from(taken));
            read_to_close(&mut stream, Duration::from_secs(4));
        } else {
            drop(stream.shutdown(Shutdown::Write));
            let is_closed = read_to_close(&mut stream, Duration::from_secs(60));
            assert!(is_closed, "the broker does not close after {bytes:02x?}");
        }
        ground.count("malformed clients", 1);
    }
}

/// `false`: nothing has come for so long, and the connection is open.
fn read_to_close(stream: &mut TcpStream, time: Duration) -> bool {
    stream.set_read_timeout(Some(time)).expect("a deadline is not zero");
    let mut buffer = [0; 4_096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    }
}

fn some_bytes(chance: &mut Chance) -> Vec<u8> {
    match chance.below(5) {
        0 => (0..chance.below(200)).map(|_| chance.byte()).collect(),
        1 => {
            let mut bytes = conversation(chance);
            bytes.truncate(chance.below(bytes.len() + 1));
            bytes
        }
        2 => {
            // A length that is never filled, after a CONNECT that is.
            let mut bytes = conversation(chance);
            bytes.extend([0x30, 0xFF, 0xFF, 0x03]);
            bytes
        }
        3 => b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n".to_vec(),
        _ => {
            let mut bytes = conversation(chance);
            for _ in 0..=chance.below(4) {
                let at = chance.below(bytes.len());
                bytes[at] = chance.byte();
            }
            bytes
        }
    }
}

/// What a client that behaves would send. Its keep-alive is a second, so that one that stops in the
/// middle is not waited for long.
fn conversation(chance: &mut Chance) -> Vec<u8> {
    let version = [Version::V5, Version::V311, Version::V31][chance.below(3)];
    let id = format!("malformed-{}", chance.below(10));
    let mut bytes = Connect::new(version, &id).keep_alive(1).bytes(version);
    bytes.extend(Subscribe::new().filter("malformed/#", 1).id(1).bytes(version));
    bytes.extend(Publish::new("malformed/a", "payload").qos(1).id(2).bytes(version));
    bytes.extend(Publish::new("malformed/b", "payload").qos(2).id(3).bytes(version));
    bytes
}
