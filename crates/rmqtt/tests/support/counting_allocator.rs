//! The system's allocator, counted.
#![allow(
    unsafe_code,
    reason = "implementing GlobalAlloc is unsafe; every call goes to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE_BYTES: AtomicI64 = AtomicI64::new(0);

struct CountingAllocator;

/// Allocations and reallocations of the process so far.
#[allow(dead_code, reason = "each test looks at one of the two counts")]
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::SeqCst)
}

/// Bytes that were asked for and not given back.
#[allow(dead_code, reason = "each test looks at one of the two counts")]
pub(crate) fn live_bytes() -> i64 {
    LIVE_BYTES.load(Ordering::SeqCst)
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

// SAFETY: every method hands its arguments to the system's allocator unchanged and returns what that
// returns; the counters do not allocate.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        LIVE_BYTES.fetch_add(signed(layout.size()), Ordering::SeqCst);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(signed(layout.size()), Ordering::SeqCst);
        // SAFETY: the caller keeps the contract of `dealloc`, and the pointer came from the system's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        LIVE_BYTES.fetch_add(signed(new_size) - signed(layout.size()), Ordering::SeqCst);
        // SAFETY: the caller keeps the contract of `realloc`, and the pointer came from the system's.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
