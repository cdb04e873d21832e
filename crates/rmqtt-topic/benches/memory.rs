//! What a subscription takes: 1,000,000 distinct filters of 24 bytes, half of them with
//! wildcards, held by 1,000 clients.
//!
//! Counted per filter is what was asked of the allocator for the index, for one 16-byte subscriber
//! entry, and for the id in the client's own list; once at the end, and as the worst moment since
//! the 100,000th filter, with all that was allocated for a time while something grew. Fails when
//! any of it exceeds 200 bytes per subscription.

#![allow(
    unsafe_code,
    reason = "an allocator that counts is a GlobalAlloc, which is an unsafe trait"
)]
#![allow(clippy::print_stdout, reason = "the report is the output of this program")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rmqtt_topic::{FilterId, FilterIndex};

const FILTERS: usize = 1_000_000;
const FILTER_BYTES: usize = 24;
const CLIENTS: usize = 1_000;
const BYTES_MAX: f64 = 200.0;
/// The worst moment is looked for from here on; before, fixed costs weigh too much.
const WORST_FROM: usize = 100_000;

/// A family of filters, each made of its number: the even ones by name, the odd ones with
/// wildcards.
struct Shape {
    name: &'static str,
    filter: fn(usize) -> String,
}

const SHAPES: [Shape; 6] = [
    Shape {
        name: "device early, by client",
        filter: |n| match n % 2 {
            0 => format!("site/{:04}/d{:07}/t/now", n % CLIENTS, n),
            _ => format!("site/{:04}/d{:07}/t/+/#", n % CLIENTS, n),
        },
    },
    Shape {
        name: "device last",
        filter: |n| match n % 2 {
            0 => format!("plant/line/cell/d{n:07}"),
            _ => format!("plant/+/cells/x/d{n:07}"),
        },
    },
    Shape {
        name: "device first, deep",
        filter: |n| match n % 2 {
            0 => format!("{n:07}/s/t/u/v/w/x/y/zz"),
            _ => format!("{n:07}/s/t/+/v/w/x/yy/#"),
        },
    },
    Shape {
        name: "one long level",
        filter: |n| match n % 2 {
            0 => format!("{n:024}"),
            _ => format!("{n:022}/#"),
        },
    },
    Shape {
        name: "two filters per device",
        filter: |n| match n % 2 {
            0 => format!("dev/{:07}/state/temp/a", n / 2),
            _ => format!("dev/{:07}/state/temp/+", n / 2),
        },
    },
    Shape {
        name: "two own levels",
        filter: |n| match n % 2 {
            0 => format!("a{n:07}/x/b{n:07}/stat"),
            _ => format!("a{n:07}/+/b{n:07}/+/xy"),
        },
    },
];

fn main() -> ExitCode {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("memory: measures only when run by `cargo bench`");
        return ExitCode::SUCCESS;
    }
    println!("bytes per filter          index          subscription   ");
    println!("                          end    worst   end    worst");
    let mut is_good = true;
    for shape in &SHAPES {
        let report = measure(shape);
        println!(
            "{:<24}{:>7.1}{:>8.1}{:>7.1}{:>8.1}",
            shape.name, report.index.end, report.index.worst, report.all.end, report.all.worst
        );
        is_good &= report.all.end <= BYTES_MAX && report.all.worst <= BYTES_MAX;
    }
    if is_good {
        return ExitCode::SUCCESS;
    }
    println!("more than {BYTES_MAX} bytes per subscription");
    ExitCode::FAILURE
}

struct Report {
    index: PerFilter,
    all: PerFilter,
}

#[derive(Default)]
struct PerFilter {
    end: f64,
    worst: f64,
}

impl PerFilter {
    fn note(&mut self, live: usize, peak: usize, filters: usize) {
        self.end = live as f64 / filters as f64;
        if filters >= WORST_FROM {
            self.worst = self.worst.max(peak as f64 / filters as f64);
        }
    }
}

fn measure(shape: &Shape) -> Report {
    let mut report = Report { index: PerFilter::default(), all: PerFilter::default() };
    let before = ALLOCATED.live();
    let mut index = FilterIndex::with_seed(1);
    let mut index_live = ALLOCATED.live() - before;
    let mut subscribers = Subscribers::default();
    let mut clients: Vec<Vec<FilterId>> = (0..CLIENTS).map(|_| Vec::new()).collect();
    for n in 0..FILTERS {
        let filter = (shape.filter)(n);
        assert_eq!(filter.len(), FILTER_BYTES, "{filter}");
        let filter_bytes = filter.capacity();

        let start = ALLOCATED.mark();
        let (id, is_new) = index.insert(&filter);
        assert!(is_new, "{filter} comes once");
        let index_peak = index_live + ALLOCATED.peak() - start;
        index_live = index_live + ALLOCATED.live() - start;
        report.index.note(index_live, index_peak, n + 1);

        subscribers.set(id);
        clients[n % CLIENTS].push(id);
        let live = ALLOCATED.live() - before - filter_bytes;
        report.all.note(live, ALLOCATED.peak() - before - filter_bytes, n + 1);
    }
    assert_eq!(index.len(), FILTERS);
    report
}

/// What the broker keeps per filter: 16 bytes, in chunks like the index itself.
#[derive(Default)]
struct Subscribers {
    chunks: Vec<Vec<[u32; 4]>>,
}

impl Subscribers {
    fn set(&mut self, id: FilterId) {
        let chunk = id.index() / 4096;
        if chunk == self.chunks.len() {
            self.chunks.push(Vec::with_capacity(4096));
        }
        self.chunks[chunk].push([0; 4]);
    }
}

#[global_allocator]
static ALLOCATED: Counting = Counting { live: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

/// The system's allocator, with the bytes that were asked of it counted.
struct Counting {
    live: AtomicUsize,
    peak: AtomicUsize,
}

impl Counting {
    fn live(&self) -> usize {
        self.live.load(Relaxed)
    }

    /// The most that was allocated since the last mark.
    fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }

    /// Starts a new peak; returns what is allocated now.
    fn mark(&self) -> usize {
        self.peak.store(self.live(), Relaxed);
        self.live()
    }

    fn add(&self, bytes: usize) {
        let live = self.live.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(live, Relaxed);
    }
}

// SAFETY: every request goes to the system's allocator unchanged, and so does its answer.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.live.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old block and the new one may both be there for a moment.
        self.add(size);
        self.live.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.realloc(block, layout, size) }
    }
}
