//! How much memory a piece of work takes, on the thread that does it.
#![allow(
    unsafe_code,
    reason = "implementing GlobalAlloc is unsafe; every call goes to the system's with its arguments"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Without a destructor and without lazy beginning, so an allocator may touch it at any time.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { live_bytes: 0, peak_bytes: 0, allocations: 0 }) };
}

#[derive(Clone, Copy)]
struct Counts {
    live_bytes: isize,
    peak_bytes: isize,
    allocations: u64,
}

/// The system's allocator, which counts for each thread. A program that measures installs it as its
/// `#[global_allocator]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

/// What a piece of work took; nothing where the allocator is not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Allocations, those that replaced another included.
    pub allocations: u64,
    /// The most bytes that were allocated at a time, beyond what was before.
    pub peak_bytes: usize,
}

/// Does `work`, and says what it took on this thread.
pub fn measured<R>(work: impl FnOnce() -> R) -> (R, Taken) {
    let before = COUNTS.get();
    COUNTS.set(Counts { peak_bytes: before.live_bytes, ..before });
    let result = work();
    let after = COUNTS.get();
    COUNTS.set(Counts { peak_bytes: after.peak_bytes.max(before.peak_bytes), ..after });
    let taken = Taken {
        allocations: after.allocations - before.allocations,
        peak_bytes: usize::try_from(after.peak_bytes - before.live_bytes).unwrap_or(0),
    };
    (result, taken)
}

fn count(freed: usize, allocated: usize) {
    let mut counts = COUNTS.get();
    counts.live_bytes += allocated.cast_signed() - freed.cast_signed();
    counts.peak_bytes = counts.peak_bytes.max(counts.live_bytes);
    counts.allocations += u64::from(allocated > 0);
    COUNTS.set(counts);
}

// SAFETY: each method hands its arguments on to the system's allocator unchanged, and gives back
// what that gave; counting neither allocates nor panics.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller keeps to the contract of `alloc`, which is that of the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: the pointer came from `alloc` above, so from the system's, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(layout.size(), new_size);
        // SAFETY: the pointer came from `alloc` above, so from the system's, with this layout.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
