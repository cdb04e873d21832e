//! One test, run with one protocol version and one driver.

use std::cell::OnceCell;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::broker::{Broker, Driver};
use crate::client::RawClient;
use crate::outcome::{Outcome, Reporting};
use crate::request::Connect;
use crate::version::Version;

/// What `#[broker_test]` writes down for one variant of a test.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The test's name with its target, modules and variant.
    pub name: &'static str,
    /// The version the test's clients speak unless they say otherwise.
    pub version: Version,
    /// The driver of the broker.
    pub driver: Driver,
    /// Further keys of the listener.
    pub listener_keys: &'static str,
    /// Further lines before the listener's section.
    pub preamble: &'static str,
    /// The test controls the broker's process itself.
    pub own_process: bool,
}

impl Plan {
    /// Runs the test, unless it needs a configuration or a process of its own and the broker is
    /// somebody else's.
    pub fn run(self, test: fn(&Case)) {
        let needs_own =
            self.own_process || !self.listener_keys.is_empty() || !self.preamble.is_empty();
        if needs_own && Broker::given_address().is_some() {
            eprintln!("not applicable: the test needs its own configuration of the broker");
            Outcome::NotApplicable.report(self.name);
            return;
        }
        let _reporting = Reporting::of(self.name);
        let names = unique_prefix();
        test(&Case { plan: self, names, broker: OnceCell::new() });
    }
}

/// What a test is given: a broker, which starts when it is first asked for, and names of its own.
#[derive(Debug)]
pub struct Case {
    plan: Plan,
    names: String,
    broker: OnceCell<Broker>,
}

impl Case {
    /// The version under test.
    pub fn version(&self) -> Version {
        self.plan.version
    }

    /// Whether MQTT 5 is under test.
    pub fn is_v5(&self) -> bool {
        self.plan.version.is_v5()
    }

    /// Whether the broker is somebody else's, which may do whatever the specification permits.
    pub fn is_peer(&self) -> bool {
        Broker::given_address().is_some()
    }

    /// The driver under test.
    pub fn driver(&self) -> Driver {
        self.plan.driver
    }

    /// The broker.
    pub fn broker(&self) -> &Broker {
        self.broker.get_or_init(|| match Broker::given_address() {
            Some(address) => Broker::at(address),
            None => Broker::start(self.plan.driver, self.plan.listener_keys, self.plan.preamble),
        })
    }

    /// A topic or filter below a level that no other test uses.
    pub fn topic(&self, rest: &str) -> String {
        format!("{}/{rest}", self.names)
    }

    /// A client identifier that no other test uses: at most 23 letters and digits for a short name
    /// `[MQTT-3.1.3-5]`.
    pub fn client_id(&self, name: &str) -> String {
        format!("{}{name}", self.names)
    }

    /// A CONNECT of the version under test, clean.
    pub fn connect_packet(&self, name: &str) -> Connect {
        Connect::new(self.version(), &self.client_id(name))
    }

    /// A CONNECT of the version under test whose session outlives the connection.
    pub fn persistent_packet(&self, name: &str) -> Connect {
        Connect::persistent(self.version(), &self.client_id(name))
    }

    /// A TCP connection on which nothing was sent yet.
    pub fn open(&self) -> RawClient {
        RawClient::open(self.broker().address(), self.version())
    }

    /// A connected client with a clean session.
    pub fn client(&self, name: &str) -> RawClient {
        self.join(&self.connect_packet(name))
    }

    /// A connected client whose session outlives the connection.
    pub fn persistent(&self, name: &str) -> RawClient {
        self.join(&self.persistent_packet(name))
    }

    /// A connected client, by this CONNECT.
    pub fn join(&self, connect: &Connect) -> RawClient {
        RawClient::connected(self.broker().address(), connect)
    }

    /// A connected client of another version.
    pub fn client_of(&self, version: Version, name: &str) -> RawClient {
        self.join(&Connect::new(version, &self.client_id(name)))
    }

    /// Lets time pass where passing time itself is what the test is about, as with expiry.
    pub fn pass_seconds(&self, seconds: u64) {
        thread::sleep(Duration::from_secs(seconds));
    }
}

/// Eight letters and digits that differ between the processes of a run.
fn unique_prefix() -> String {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    let seed = clock.subsec_nanos() ^ (std::process::id() << 12);
    let thread = format!("{:?}", thread::current().id());
    let digits: u32 =
        thread.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("{digits:08x}")
}
