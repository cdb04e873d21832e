//! The phases of a run, and what must hold at its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rmqtt_test::Broker;

use crate::actors::{self, Actor};
use crate::ground::Ground;
use crate::latency::{Latencies, Percentiles};
use crate::options::Options;
use crate::plateau::{self, megabytes};
use crate::terms;
use crate::watch::{Sample, Watch, complaints};

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// After so many looks at the same number of descriptors it is that of a broker without clients.
const LOOKS_UNCHANGED: u32 = 4;

/// How long the broker may take to let go of what its clients had.
const REST: Duration = Duration::from_secs(30);

/// A message of a client that behaves may take so long beside all abuse; longer is not served.
const SERVED_MAX_US: u32 = 30_000_000;

/// What must have happened in a run of any length, or it has shown nothing.
const HAS_TO_HAPPEN: [&str; 9] = [
    "messages of pairs",
    "connections of churn",
    "messages of floods",
    "slow readers",
    "malformed clients",
    "take-overs",
    "Wills published",
    "looks at retained messages",
    "returns of absent clients",
];

/// Runs everything, prints what comes of it, and gives what did not hold.
pub(crate) fn run(options: &Options) -> Vec<String> {
    let mut broker = Broker::start(options.driver(), terms::LISTENER_KEYS, terms::PREAMBLE);
    let watch = Watch::of(broker.process_id());
    let mut run = Run::new(&broker, watch, options);
    run.let_it_begin();
    run.phase("alone", options.alone(), |_| Vec::new());
    let only = options.only.as_deref();
    run.phase("abused", options.abused(), |ground| actors::abusing(ground, only));
    run.come_to_rest();
    run.judge();
    broker.terminate();
    let status = broker.wait();
    if !status.success() {
        run.problems.push(format!("the broker ended with {status}"));
    }
    let log = broker.log();
    run.problems.extend(complaints(&log).take(10).map(|line| format!("the broker said: {line}")));
    run.problems
}

struct Run<'o> {
    options: &'o Options,
    address: std::net::SocketAddr,
    watch: Watch,
    empty: Option<Sample>,
    /// Samples of memory under abuse, bytes.
    memory: Vec<u64>,
    /// By the phase and the QoS of a pair.
    latencies: BTreeMap<(&'static str, u8), Percentiles>,
    counts: BTreeMap<&'static str, u64>,
    problems: Vec<String>,
    begun: Instant,
}

impl<'o> Run<'o> {
    fn new(broker: &Broker, watch: Watch, options: &'o Options) -> Self {
        Self {
            options,
            address: broker.address(),
            watch,
            empty: None,
            memory: Vec::new(),
            latencies: BTreeMap::new(),
            counts: BTreeMap::new(),
            problems: Vec::new(),
            begun: Instant::now(),
        }
    }

    /// It has begun when its descriptors do not change any more: that is what it has without
    /// clients.
    fn let_it_begin(&mut self) {
        let mut unchanged = 0;
        while unchanged < LOOKS_UNCHANGED {
            let before = self.empty;
            self.empty = self.sample();
            let (Some(sample), Some(before)) = (self.empty, before) else {
                if self.problems.is_empty() { continue } else { return }
            };
            unchanged = if sample.descriptors == before.descriptors { unchanged + 1 } else { 0 };
            thread::sleep(LOOK);
        }
    }

    /// The clients that behave, and others beside them, for so long or until one has a problem.
    fn phase(
        &mut self,
        name: &'static str,
        time: Duration,
        others: impl FnOnce(&Arc<Ground>) -> Vec<Actor>,
    ) {
        if !self.problems.is_empty() {
            return;
        }
        let ground = Arc::new(Ground::new(self.address, self.options.seed));
        let (times, ended) = channel();
        let mut actors = behaving(&ground, name, times);
        actors.extend(others(&ground));
        self.watch_over(name, &ground, &actors, time);
        ground.end();
        self.problems.extend(actors.into_iter().filter_map(Actor::problem));
        for what in HAS_TO_HAPPEN {
            *self.counts.entry(what).or_default() += ground.count_of(what);
        }
        println!("{name}: {}", ground.counted());
        for (qos, latencies) in ended {
            if let Some(percentiles) = latencies.percentiles() {
                println!("{name}: QoS {qos}: {percentiles}");
                self.latencies.insert((name, qos), percentiles);
            }
        }
    }

    fn watch_over(&mut self, name: &str, ground: &Ground, actors: &[Actor], time: Duration) {
        let end = Instant::now() + time;
        let progress = Duration::from_secs(self.options.progress_s.max(1));
        let mut next_line = Instant::now() + progress;
        while Instant::now() < end && !actors.iter().any(Actor::has_ended) {
            thread::sleep(LOOK);
            let Some(sample) = self.sample() else { return };
            if name == "abused" {
                self.memory.push(sample.memory);
            }
            if Instant::now() >= next_line {
                next_line += progress;
                let Sample { memory, descriptors } = sample;
                let (at, memory) = (self.begun.elapsed().as_secs(), megabytes(memory));
                println!("{at:>5} s {name}: {memory}, {descriptors} fds; {}", ground.counted());
            }
        }
    }

    /// All clients have gone: descriptors go back to what they were.
    fn come_to_rest(&mut self) {
        let Some(empty) = self.empty else { return };
        let until = Instant::now() + REST;
        while let Some(sample) = self.sample() {
            if sample.descriptors <= empty.descriptors {
                let (memory, before) = (megabytes(sample.memory), megabytes(empty.memory));
                println!("at rest: {memory}, {} fds (at first {before})", sample.descriptors);
                return;
            }
            if Instant::now() > until {
                let (now, before) = (sample.descriptors, empty.descriptors);
                self.problems.push(format!("{now} descriptors are left of {before} at first"));
                return;
            }
            thread::sleep(LOOK);
        }
    }

    fn judge(&mut self) {
        if !self.problems.is_empty() {
            return;
        }
        match plateau::judge(&self.memory, terms::MEMORY_MAX) {
            Ok(rest) => println!(
                "memory under abuse: median {} in the second third, {} in the last; at most {} of {}",
                megabytes(rest.before),
                megabytes(rest.after),
                megabytes(rest.peak),
                megabytes(terms::MEMORY_MAX)
            ),
            Err(problem) => self.problems.push(problem),
        }
        for qos in 0..=2 {
            let found = (self.latencies.get(&("alone", qos)), self.latencies.get(&("abused", qos)));
            let (Some(alone), Some(abused)) = found else {
                self.problems.push(format!("the pair of QoS {qos} was not served"));
                continue;
            };
            println!("QoS {qos} beside the abuse: {} of alone", abused.ratio(alone));
            if abused.max > SERVED_MAX_US {
                self.problems.push(format!("a message of QoS {qos} took {} µs", abused.max));
            }
        }
        if self.options.only.is_none() {
            let missing = self.counts.iter().filter(|(_, number)| **number == 0);
            self.problems.extend(missing.map(|(what, _)| format!("there were no {what}")));
        }
    }

    /// What the process has now; that it is gone is a problem.
    fn sample(&mut self) -> Option<Sample> {
        match self.watch.sample() {
            Ok(sample) => Some(sample),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }
}

fn behaving(
    ground: &Arc<Ground>,
    name: &'static str,
    times: Sender<(u8, Latencies)>,
) -> Vec<Actor> {
    actors::behaving(ground, name, move |qos, latencies| {
        // Nobody listens if the run has ended with a problem.
        let _ = times.send((qos, latencies));
    })
}
