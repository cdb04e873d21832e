//! Takes readings, and sets what is refused.

use std::fmt::{self, Display};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Overload;
use super::bound::{Bound, Change};
use super::limits::OverloadLimits;
use super::readings::Readings;

/// Watches the readings of one node.
pub struct Monitor<R> {
    overload: Weak<Overload>,
    readings: R,
    every: Duration,
    load_average: Gauge,
    cpu_percent: Gauge,
    handshakes: Gauge,
    memory: Gauge,
}

impl<R: Readings> Monitor<R> {
    /// Watches for `overload`; nothing is read before [`Monitor::run`] or [`Monitor::sample`].
    #[must_use]
    pub fn new(limits: &OverloadLimits, readings: R, overload: &Arc<Overload>) -> Self {
        let gauge = |name, unit, effect, max| Gauge { name, unit, effect, bound: max };
        let bound = |max: Option<f32>| max.map(|max| Bound::new(f64::from(max)));
        Self {
            overload: Arc::downgrade(overload),
            readings,
            every: limits.interval,
            load_average: gauge("load average", Unit::Number, BUSY, bound(limits.load_average)),
            cpu_percent: gauge("CPU", Unit::Percent, BUSY, bound(limits.cpu_percent)),
            handshakes: gauge(
                "handshakes in progress",
                Unit::Number,
                BUSY,
                limits.handshakes.map(|max| Bound::new(approximately(max as u64))),
            ),
            memory: gauge(
                "allocated memory",
                Unit::Mebibytes,
                FULL,
                limits.memory_bytes.map(|max| Bound::new(approximately(max))),
            ),
        }
    }

    /// Samples until nobody reads the [`Overload`] any more.
    pub async fn run(mut self) {
        // An interval of zero would be a panic, and a busy loop.
        let mut ticks = interval(self.every.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !self.sample() {
                break;
            }
        }
    }

    /// Takes all readings once. `false`: nobody reads the [`Overload`] any more.
    pub fn sample(&mut self) -> bool {
        let Some(overload) = self.overload.upgrade() else {
            return false;
        };
        let changes = [
            self.load_average.judge(self.readings.load_average().map(f64::from)),
            self.cpu_percent.judge(self.readings.cpu_percent().map(f64::from)),
            self.handshakes.judge(Some(approximately(overload.handshakes() as u64))),
            self.memory.judge(self.readings.memory_bytes().map(approximately)),
        ];
        let busy = [&self.load_average, &self.cpu_percent, &self.handshakes];
        overload.publish(busy.iter().any(|gauge| gauge.is_reached()), self.memory.is_reached());
        // What the lines say holds when they are read.
        for (change, line) in changes.into_iter().flatten() {
            match change {
                Change::Begins => tracing::warn!("{line}"),
                Change::Ends => tracing::info!("{line}"),
            }
        }
        true
    }
}

impl<R> fmt::Debug for Monitor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("every", &self.every).finish_non_exhaustive()
    }
}

/// What a reading beyond its bound leads to, for the log.
struct Effect {
    while_it_lasts: &'static str,
    afterwards: &'static str,
}

const BUSY: &Effect =
    &Effect { while_it_lasts: "CONNECT is refused", afterwards: "CONNECT is accepted again" };

const FULL: &Effect = &Effect {
    while_it_lasts: "CONNECT and messages that must be kept are refused",
    afterwards: "CONNECT and messages are accepted again",
};

/// One reading, its bound, and its lines in the log.
struct Gauge {
    name: &'static str,
    unit: Unit,
    effect: &'static Effect,
    bound: Option<Bound>,
}

impl Gauge {
    fn is_reached(&self) -> bool {
        self.bound.as_ref().is_some_and(Bound::is_reached)
    }

    /// Takes a reading, and gives what to log if it changes anything.
    fn judge(&mut self, reading: Option<f64>) -> Option<(Change, String)> {
        let bound = self.bound.as_mut()?;
        let reading = reading?;
        let change = bound.judge(reading)?;
        let (name, effect) = (self.name, self.effect);
        let now = self.unit.show(reading);
        let max = self.unit.show(bound.max());
        let leave = self.unit.show(bound.leave_below());
        let line = match change {
            Change::Begins => format!(
                "overload: {name} {now}, the bound is {max}; {} until it is below {leave}",
                effect.while_it_lasts
            ),
            Change::Ends => {
                format!("overload has ended: {name} {now}, below {leave}; {}", effect.afterwards)
            }
        };
        Some((change, line))
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Number,
    Percent,
    Mebibytes,
}

impl Unit {
    fn show(self, value: f64) -> impl Display {
        match self {
            Self::Number => format!("{value:.2}"),
            Self::Percent => format!("{value:.1} %"),
            Self::Mebibytes => format!("{:.1} MiB", value / f64::from(1 << 20)),
        }
    }
}

/// Exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "bounds of bytes and counts need no last digit")]
fn approximately(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overload::ConnectRefusal;

    #[derive(Default)]
    struct Fed {
        load_average: Option<f32>,
        cpu_percent: Option<f32>,
        memory_bytes: Option<u64>,
    }

    impl Readings for Fed {
        fn load_average(&mut self) -> Option<f32> {
            self.load_average
        }

        fn cpu_percent(&mut self) -> Option<f32> {
            self.cpu_percent
        }

        fn memory_bytes(&mut self) -> Option<u64> {
            self.memory_bytes
        }
    }

    fn limits() -> OverloadLimits {
        OverloadLimits {
            handshakes: Some(10),
            memory_bytes: Some(1_000),
            ..OverloadLimits::default()
        }
    }

    #[test]
    fn each_reading_refuses_connects_while_it_is_beyond_its_bound() {
        let feed: [fn(&mut Fed, &Overload, f32); 3] = [
            |fed, _, share| fed.load_average = Some(80.0 * share),
            |fed, _, share| fed.cpu_percent = Some(90.0 * share),
            |_, overload, share| overload.note_handshakes(0, if share < 0.95 { 9 } else { 10 }),
        ];
        for feed in feed {
            let overload = Arc::new(Overload::new(1));
            let mut monitor = Monitor::new(&limits(), Fed::default(), &overload);
            for (share, refusal) in [
                (0.9, None),
                (1.0, Some(ConnectRefusal::Busy)),
                (0.96, Some(ConnectRefusal::Busy)),
                (0.9, None),
            ] {
                feed(&mut monitor.readings, &overload, share);
                assert!(monitor.sample());
                assert_eq!(overload.refuse_connects(), refusal, "{share}");
                assert!(!overload.refuse_publishes());
            }
        }
    }

    #[test]
    fn memory_refuses_connects_and_publishes() {
        let overload = Arc::new(Overload::new(1));
        let mut monitor = Monitor::new(&limits(), Fed::default(), &overload);
        for (bytes, refused) in [(999, false), (1_000, true), (950, true), (949, false)] {
            monitor.readings.memory_bytes = Some(bytes);
            monitor.sample();
            assert_eq!(overload.refuse_publishes(), refused, "{bytes}");
            let refusal = refused.then_some(ConnectRefusal::Memory);
            assert_eq!(overload.refuse_connects(), refusal, "{bytes}");
        }
    }

    #[test]
    fn a_reading_that_fails_changes_nothing() {
        let overload = Arc::new(Overload::new(1));
        let mut monitor = Monitor::new(&limits(), Fed::default(), &overload);
        monitor.readings.memory_bytes = Some(2_000);
        monitor.sample();
        monitor.readings.memory_bytes = None;
        monitor.sample();
        assert!(overload.refuse_publishes());
    }

    #[test]
    fn without_a_bound_nothing_is_refused() {
        let overload = Arc::new(Overload::new(1));
        let fed =
            Fed { load_average: Some(1e9), cpu_percent: Some(100.0), memory_bytes: Some(u64::MAX) };
        let mut monitor = Monitor::new(&OverloadLimits::unbounded(), fed, &overload);
        overload.note_handshakes(0, usize::MAX);
        monitor.sample();
        assert_eq!(overload.refuse_connects(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_samples_every_interval_until_nobody_reads_it() {
        struct Counting(Arc<std::sync::atomic::AtomicU64>);

        impl Readings for Counting {
            fn load_average(&mut self) -> Option<f32> {
                self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                None
            }

            fn cpu_percent(&mut self) -> Option<f32> {
                None
            }

            fn memory_bytes(&mut self) -> Option<u64> {
                None
            }
        }

        let overload = Arc::new(Overload::new(1));
        let samples = Arc::default();
        let readings = Counting(Arc::clone(&samples));
        let running = tokio::spawn(Monitor::new(&limits(), readings, &overload).run());
        // At 0, 2, 4, 6 and 8 seconds.
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert_eq!(samples.load(std::sync::atomic::Ordering::Relaxed), 5);
        drop(overload);
        running.await.unwrap();
    }
}
