use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rmqtt_test::request::Request;
use rmqtt_test::{Connect, Subscribe, Version};

use super::flood;
use crate::ground::Ground;

/// Subscribes to all floods and hardly reads. Nothing is owed to it but that the others do not
/// notice.
pub(super) fn run(ground: &Ground, nth: u64) {
    let mut chance = ground.chance(300 + nth);
    while !ground.is_over() {
        let mut stream = TcpStream::connect(ground.address()).expect("the broker accepts");
        let timeout = Some(Duration::from_millis(50));
        stream.set_read_timeout(timeout).expect("a deadline is not zero");
        let id = format!("slow-{nth}");
        // Half of them have a session that goes on filling while they are away.
        let connect = if nth.is_multiple_of(2) {
            Connect::persistent(Version::V311, &id)
        } else {
            Connect::new(Version::V5, &id)
        };
        let version = connect.version;
        let qos = (nth % 3) as u8;
        let mut hello = connect.bytes(version);
        hello.extend(Subscribe::new().filter(flood::FILTER, qos).id(1).bytes(version));
        stream.write_all(&hello).expect("the broker reads");
        for _ in 0..chance.below(60) {
            if ground.is_over() {
                break;
            }
            if chance.one_in(2) {
                ground.pause(Duration::from_millis(100));
            } else if !read_a_little(&mut stream, chance.below(2_000)) {
                break;
            }
        }
        ground.count("slow readers", 1);
    }
    // Its session does not stay behind.
    ground.connect(&Connect::new(Version::V311, &format!("slow-{nth}"))).leave();
}

/// `false`: the broker has closed the connection.
fn read_a_little(stream: &mut TcpStream, bytes: usize) -> bool {
    let mut buffer = vec![0; bytes + 1];
    match stream.read(&mut buffer) {
        Ok(0) => false,
        Ok(_) => true,
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}
