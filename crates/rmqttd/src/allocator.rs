//! What gives out the process's memory: jemalloc on Linux, what the system has elsewhere.

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Bytes that are given out at the moment.
#[cfg(target_os = "linux")]
pub(crate) fn allocated_bytes() -> Option<u64> {
    // The statistics are those of the last epoch: without a new one they do not move.
    tikv_jemalloc_ctl::epoch::advance().ok()?;
    let bytes = tikv_jemalloc_ctl::stats::allocated::read().ok()?;
    u64::try_from(bytes).ok()
}

/// The system does not say.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allocated_bytes() -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_allocated_is_counted() {
        let before = allocated_bytes().unwrap();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let during = allocated_bytes().unwrap();
        assert!(during >= before + (32 << 20), "{before} {during}");
        drop(block);
    }
}
