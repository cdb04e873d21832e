//! An example of this crate, as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// It is killed when this is dropped.
pub(crate) struct Example {
    process: Child,
    /// Where it listens, in the order in which it says so.
    pub(crate) addresses: Vec<SocketAddr>,
}

impl Example {
    /// Starts an example that is to listen on so many addresses.
    pub(crate) fn start(name: &str, arguments: &[&str], addresses: usize) -> Self {
        let mut process = Command::new(program(name))
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("example {name} ({error}): `cargo build --examples`"));
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut found = Vec::new();
        for line in lines {
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once(" listens on ") {
                found.push(address.parse().unwrap());
            }
            if found.len() == addresses {
                return Self { process, addresses: found };
            }
        }
        panic!("example {name} has ended: {:?}", process.wait());
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Cargo builds examples together with all tests of a crate, though not with a single one: `target/PROFILE/deps/TEST`, `target/PROFILE/examples`.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().unwrap().parent().unwrap();
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
