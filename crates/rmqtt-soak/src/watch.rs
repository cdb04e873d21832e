//! The broker's process from outside.

use std::fs;

/// A process of this system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    process: u32,
}

/// What a process has at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Memory that is resident, bytes.
    pub(crate) memory: u64,
    /// Open descriptors.
    pub(crate) descriptors: usize,
}

impl Watch {
    pub(crate) fn of(process: u32) -> Self {
        Self { process }
    }

    /// What it has now.
    ///
    /// # Errors
    /// The process is gone, or the system does not tell.
    pub(crate) fn sample(self) -> Result<Sample, String> {
        let folder = format!("/proc/{}", self.process);
        let status = fs::read_to_string(format!("{folder}/status"))
            .map_err(|error| format!("the broker is gone: {error}"))?;
        let memory = resident_bytes(&status).ok_or("the system does not tell its memory")?;
        let descriptors = fs::read_dir(format!("{folder}/fd"))
            .map_err(|error| format!("the broker is gone: {error}"))?
            .count();
        Ok(Sample { memory, descriptors })
    }
}

/// The lines of a log that say that something is wrong with the broker itself.
pub(crate) fn complaints(log: &str) -> impl Iterator<Item = &str> {
    log.lines().filter(|line| line.contains("ERROR") || line.contains("panicked"))
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_as_the_system_writes_it() {
        let status = "Name:\trmqttd\nVmPeak:\t  9 kB\nVmRSS:\t   2048 kB\nThreads:\t4\n";
        assert_eq!(resident_bytes(status), Some(2 << 20));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }

    #[test]
    fn errors_and_panics_are_complaints() {
        let log = "INFO a\nWARN b\n2026 ERROR c\nthread 'x' panicked at y\n";
        assert_eq!(complaints(log).count(), 2);
    }

    #[test]
    fn a_process_is_watched_while_it_is_there() {
        let own = Watch::of(std::process::id()).sample().unwrap();
        assert!(own.memory > 0 && own.descriptors > 2, "{own:?}");
        assert!(Watch::of(u32::MAX).sample().is_err());
    }
}
