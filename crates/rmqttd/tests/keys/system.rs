//! What the system knows of the broker's process: its sockets and its threads.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use rmqtt_test::Started;

/// A TCP socket of the broker, as `/proc/net/tcp` has it.
pub(crate) struct TcpSocket {
    /// The running timer: 2 for keep-alive.
    pub(crate) timer: u8,
    inode: String,
}

impl TcpSocket {
    /// The broker's end of the one connection that it has.
    pub(crate) fn of_the_client(broker: &Started) -> Self {
        const ESTABLISHED: &str = "01";
        let SocketAddr::V4(address) = broker.address() else { panic!("it listens by IPv4") };
        // The system writes the address as a number of its own byte order.
        let number = u32::from_ne_bytes(address.ip().octets());
        let local = format!("{number:08X}:{:04X}", address.port());
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        let mut found = table.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            (fields[1] == local && fields[3] == ESTABLISHED).then(|| Self {
                timer: fields[5].split(':').next().unwrap().parse().unwrap(),
                inode: fields[9].to_owned(),
            })
        });
        let socket = found.next().expect("the broker has a connection");
        assert!(found.next().is_none(), "the broker has one connection only");
        socket
    }

    /// Its number in the process.
    pub(crate) fn descriptor(&self, broker: &Started) -> u32 {
        let name = format!("socket:[{}]", self.inode);
        let descriptors = fs::read_dir(folder(broker, "fd")).unwrap().map(Result::unwrap);
        let mut names = descriptors.filter(|entry| {
            fs::read_link(entry.path()).is_ok_and(|target| target.as_os_str() == name.as_str())
        });
        names.next().unwrap().file_name().into_string().unwrap().parse().unwrap()
    }
}

/// The events that an epoll of the process waits for on this descriptor.
pub(crate) fn awaited_events(broker: &Started, descriptor: u32) -> u32 {
    let infos = fs::read_dir(folder(broker, "fdinfo")).unwrap().map(Result::unwrap);
    let texts = infos.filter_map(|entry| fs::read_to_string(entry.path()).ok());
    let lines: Vec<String> =
        texts.flat_map(|t| t.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let mut events = lines.iter().filter_map(|line| {
        // As `tfd:       12 events:       1d data: …`.
        let mut words = line.strip_prefix("tfd:")?.split_whitespace();
        let is_it = words.next()?.parse() == Ok(descriptor);
        is_it.then(|| u32::from_str_radix(words.nth(1).unwrap(), 16).unwrap())
    });
    events.next().expect("somebody waits for the descriptor")
}

/// How many threads of the process have a name that begins so.
pub(crate) fn threads_named(broker: &Started, start: &str) -> usize {
    let threads = fs::read_dir(folder(broker, "task")).unwrap().map(Result::unwrap);
    let names = threads.filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok());
    names.filter(|name| name.starts_with(start)).count()
}

fn folder(broker: &Started, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{}/{name}", broker.process_id()))
}
