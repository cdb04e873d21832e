//! The readings of this machine and process.

use std::fmt;
use std::fs;

use super::readings::Readings;

/// Reads `/proc`; on systems without it nothing but what `allocated_bytes` says is available.
pub struct MachineReadings {
    allocated_bytes: fn() -> Option<u64>,
    processors: Option<ProcessorTimes>,
}

impl MachineReadings {
    /// `allocated_bytes` is what the program's allocator has given out; where it does not know, the
    /// resident size of the process is taken.
    #[must_use]
    pub fn new(allocated_bytes: fn() -> Option<u64>) -> Self {
        Self { allocated_bytes, processors: None }
    }
}

impl Default for MachineReadings {
    /// For an allocator that does not say what it has given out.
    fn default() -> Self {
        Self::new(|| None)
    }
}

impl Readings for MachineReadings {
    fn load_average(&mut self) -> Option<f32> {
        fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
    }

    fn cpu_percent(&mut self) -> Option<f32> {
        let now = ProcessorTimes::parse(&fs::read_to_string("/proc/stat").ok()?)?;
        let before = self.processors.replace(now)?;
        now.percent_since(before)
    }

    fn memory_bytes(&mut self) -> Option<u64> {
        (self.allocated_bytes)()
            .or_else(|| resident_bytes(&fs::read_to_string("/proc/self/status").ok()?))
    }
}

impl fmt::Debug for MachineReadings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineReadings").finish_non_exhaustive()
    }
}

/// What all processors together have spent since the machine's start, in ticks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct ProcessorTimes {
    idle: u64,
    total: u64,
}

impl ProcessorTimes {
    /// Fields of the first line: user, nice, system, idle, iowait, irq, softirq, steal; the guests'
    /// times behind them are part of user and nice.
    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let times: Vec<u64> =
            line.split_whitespace().take(8).map_while(|time| time.parse().ok()).collect();
        let idle = times.get(3)? + times.get(4).unwrap_or(&0);
        Some(Self { idle, total: times.iter().sum() })
    }

    fn percent_since(self, before: Self) -> Option<f32> {
        let total = self.total.checked_sub(before.total).filter(|ticks| *ticks > 0)?;
        // Idle time may go back a little between two readings of a machine with many processors.
        let idle = self.idle.saturating_sub(before.idle).min(total);
        let busy = u32::try_from(total - idle).ok()?;
        #[allow(clippy::cast_possible_truncation, reason = "a percentage fits")]
        let percent = (f64::from(busy) * 100.0 / f64::from(u32::try_from(total).ok()?)) as f32;
        Some(percent)
    }
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_the_share_that_was_not_idle_between_two_readings() {
        let first = ProcessorTimes::parse("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2\n").unwrap();
        assert_eq!(first, ProcessorTimes { idle: 800, total: 1_000 });
        let then = ProcessorTimes::parse("cpu  150 10 140 720 180 0 0 0 99 0\n").unwrap();
        assert_eq!(then.percent_since(first), Some(50.0));
        assert_eq!(first.percent_since(first), None);
    }

    #[test]
    fn what_is_not_understood_is_no_reading() {
        assert_eq!(ProcessorTimes::parse(""), None);
        assert_eq!(ProcessorTimes::parse("cpu  1 2\n"), None);
        assert_eq!(resident_bytes("VmRSS:\t many kB\n"), None);
        assert_eq!(resident_bytes("VmSize:\t 1 kB\n"), None);
    }

    #[test]
    fn the_resident_size_is_given_in_kibibytes() {
        assert_eq!(resident_bytes("Name:\trmqttd\nVmRSS:\t    2048 kB\n"), Some(2 << 20));
    }

    #[test]
    fn the_allocator_is_asked_before_the_system() {
        assert_eq!(MachineReadings::new(|| Some(7)).memory_bytes(), Some(7));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_can_be_read() {
        let mut readings = MachineReadings::default();
        assert!(readings.load_average().is_some());
        assert!(readings.memory_bytes().is_some_and(|bytes| bytes > 0));
        assert_eq!(readings.cpu_percent(), None, "the first reading has nothing before it");
        assert!(readings.processors.is_some());
    }
}
