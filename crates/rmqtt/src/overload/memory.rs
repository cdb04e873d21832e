//! How much memory there is for this process.

use std::fs;
use std::path::{Path, PathBuf};

/// The memory of the machine or, if it is less, what the control groups of this process allow it;
/// bytes. `None` where the system does not say.
#[must_use]
pub fn memory_of_machine() -> Option<u64> {
    let machine = machine_bytes(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let allowed = group_limit_files(&groups, Path::new("/sys/fs/cgroup"))
        .filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    Some(allowed.fold(machine, u64::min))
}

fn machine_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

/// The files in which a limit may stand: of the process's group and of all groups around it. In a
/// container the group's own path may not exist, but its limit then stands at the root.
fn group_limit_files(groups: &str, root: &Path) -> impl Iterator<Item = PathBuf> {
    let files = groups.lines().flat_map(move |line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        let (root, file) = if controllers.is_empty() {
            (root.to_owned(), "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            (root.join("memory"), "memory.limit_in_bytes")
        } else {
            return Vec::new();
        };
        let group = root.join(path.trim_start_matches('/'));
        group
            .ancestors()
            .take_while(|ancestor| ancestor.starts_with(&root))
            .map(|ancestor| ancestor.join(file))
            .collect()
    });
    files.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_kibibytes() {
        assert_eq!(
            machine_bytes("MemTotal:       24683656 kB\nMemFree: 1 kB\n"),
            Some(24_683_656 << 10)
        );
        assert_eq!(machine_bytes("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn a_limit_may_stand_at_the_group_or_at_any_around_it() {
        let files = group_limit_files("0::/system.slice/rmqttd.service\n", Path::new("/groups"));
        let expected = [
            "/groups/system.slice/rmqttd.service/memory.max",
            "/groups/system.slice/memory.max",
            "/groups/memory.max",
        ];
        assert_eq!(files.collect::<Vec<_>>(), expected.map(PathBuf::from));
    }

    #[test]
    fn of_the_older_groups_only_memory_counts() {
        let files = group_limit_files("5:cpu,cpuacct:/a\n4:memory:/a\n", Path::new("/groups"));
        let expected =
            ["/groups/memory/a/memory.limit_in_bytes", "/groups/memory/memory.limit_in_bytes"];
        assert_eq!(files.collect::<Vec<_>>(), expected.map(PathBuf::from));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_has_memory() {
        assert!(memory_of_machine().is_some_and(|bytes| bytes > 1 << 20));
    }
}
