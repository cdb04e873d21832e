//! The clients, one kind a file.
//!
//! Each is a function that a thread of its own runs until the ground is over, and that panics when
//! it does not get what it is owed. One that has to see something arrive goes on a little longer.
//!
//! | module | what it does, and what must hold |
//! |---|---|
//! | `pair` | publishes numbers at a rate, and receives each, in order, once; measures how long it takes |
//! | `churn` | connects, talks to itself, and leaves in every way there is |
//! | `flood` | publishes as fast as it can to clients that read late; those that are read come in order |
//! | `slow_reader` | subscribes to the flood and does not read, or reads one byte after the other |
//! | `malformed` | sends what is no MQTT, or stops in the middle of a packet; is closed |
//! | `take_over` | three clients fight for one session; what is published to it reaches one of them |
//! | `wills` | dies and says goodbye; each death, and no goodbye, publishes the Will, once |
//! | `shared_group` | members of a group get every message between them, each one member |
//! | `retained` | writes retained messages; a new subscriber gets the last that was acknowledged, or a later one |
//! | `absent` | goes away and comes back; what was published meanwhile waits for it, in order, once |

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::ground::Ground;
use crate::latency::Latencies;

mod absent;
mod churn;
mod flood;
mod malformed;
mod numbered;
mod pair;
mod retained;
mod shared_group;
mod slow_reader;
mod take_over;
mod wills;

/// A client at work.
#[derive(Debug)]
pub(crate) struct Actor {
    name: String,
    thread: JoinHandle<()>,
}

impl Actor {
    fn start(name: &str, ground: &Arc<Ground>, act: impl FnOnce(&Ground) + Send + 'static) -> Self {
        let ground = Arc::clone(ground);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || act(&ground))
            .expect("a thread can be started");
        Self { name: name.to_owned(), thread }
    }

    /// Has it ended? Before the ground is over, that is a panic.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end; its problem, if it has one.
    pub(crate) fn problem(self) -> Option<String> {
        let panic = self.thread.join().err()?;
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Some(format!("{}: {text}", self.name))
    }
}

/// The clients that behave: a pair for each QoS. Their times come out when they end.
pub(crate) fn behaving(
    ground: &Arc<Ground>,
    name: &'static str,
    on_end: impl Fn(u8, Latencies) + Clone + Send + 'static,
) -> Vec<Actor> {
    let start = |qos: u8| {
        let on_end = on_end.clone();
        Actor::start(&format!("pair of QoS {qos}"), ground, move |ground| {
            on_end(qos, pair::run(ground, name, qos));
        })
    };
    (0..=2).map(start).collect()
}

/// The others, or those of them whose name contains `only`.
pub(crate) fn abusing(ground: &Arc<Ground>, only: Option<&str>) -> Vec<Actor> {
    let mut actors = Vec::new();
    let mut start = |name: &str, act: Box<dyn FnOnce(&Ground) + Send>| {
        if only.is_none_or(|only| name.contains(only)) {
            actors.push(Actor::start(name, ground, act));
        }
    };
    for nth in 0..4 {
        start("churn", Box::new(move |ground| churn::run(ground, nth)));
    }
    for nth in 0..2 {
        start("flood", Box::new(move |ground| flood::publish(ground, nth)));
        start("reader of the flood", Box::new(move |ground| flood::read(ground, nth)));
    }
    for nth in 0..6 {
        start("slow reader", Box::new(move |ground| slow_reader::run(ground, nth)));
    }
    for nth in 0..3 {
        start("malformed", Box::new(move |ground| malformed::run(ground, nth)));
    }
    start("take-over", Box::new(take_over::run));
    start("wills", Box::new(wills::run));
    start("shared group", Box::new(shared_group::run));
    start("retained", Box::new(retained::run));
    for qos in 1..=2 {
        start("absent", Box::new(move |ground| absent::run(ground, qos)));
    }
    actors
}
