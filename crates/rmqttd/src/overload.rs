//! How much memory the node may allocate.

use rmqtt::overload::memory_of_machine;

/// The share of the memory there is that the node may allocate where the configuration does not say
/// it, percent. The rest is for what is not allocated by the broker: socket buffers, files, others.
const MEMORY_PERCENT: u64 = 80;

/// The bound in bytes: what was written, where 0 is no bound, or a share of what there is. `None` is
/// no bound, also where the system does not say how much there is.
pub(crate) fn memory_max(written: Option<u64>) -> Option<u64> {
    bound(written, memory_of_machine())
}

fn bound(written: Option<u64>, there_is: Option<u64>) -> Option<u64> {
    match written {
        Some(0) => None,
        Some(bytes) => Some(bytes),
        None => there_is.map(|bytes| bytes / 100 * MEMORY_PERCENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_obeyed_and_else_80_percent_of_what_there_is() {
        assert_eq!(bound(Some(0), Some(1_000)), None);
        assert_eq!(bound(Some(7), Some(1_000)), Some(7));
        assert_eq!(bound(None, Some(1_000)), Some(800));
        assert_eq!(bound(None, None), None);
    }
}
