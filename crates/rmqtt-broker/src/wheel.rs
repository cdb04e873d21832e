use core::fmt;
use core::mem;

/// A coarse timer wheel: one for all timers of a worker.
///
/// A timer is a deadline and a small value that says whose it is. There is no cancelling: whoever
/// is told that a timer is due looks whether it still means anything, and inserts the next one. A
/// keep-alive therefore costs two or three moves of 16 bytes per interval, however much traffic
/// there is in between.
///
/// Time is counted in ticks of [`TICK_MS`]. A deadline is rounded up to a tick, so a timer is never
/// early and at most one tick late. Each of the ten levels has 64 buckets, each as wide as the
/// whole level below; together they span every `u64` of milliseconds. A timer sits at the level of
/// the highest bit group in which its tick differs from the wheel's, and moves down when the wheel
/// reaches its bucket. Hence the lowest occupied level always holds the earliest timers, and
/// inserting looks at one number.
///
/// A bucket grows by a quarter and gives its memory back when it is emptied, so the wheel takes at
/// most a quarter more than its entries (16 bytes each for a value of eight) and less than 200 KiB
/// besides.
pub struct Wheel<T> {
    /// The tick that the wheel has reached: all earlier timers were handed out.
    tick: u64,
    len: usize,
    levels: Box<[Level<T>]>,
}

/// The width of a tick in milliseconds: how late a timer may be.
pub const TICK_MS: u64 = 64;

impl<T: Copy> Wheel<T> {
    /// An empty wheel that stands at `now_mono_ms`.
    #[must_use]
    pub fn new(now_mono_ms: u64) -> Self {
        Self {
            tick: now_mono_ms / TICK_MS,
            len: 0,
            levels: (0..LEVELS).map(|_| Level::default()).collect(),
        }
    }

    /// Adds a timer. One whose deadline has passed is due at the next [`Wheel::advance`], or the
    /// first one a tick after its deadline.
    ///
    /// A deadline in the last 64 ms of the `u64` range is never reached.
    pub fn insert(&mut self, deadline_mono_ms: u64, value: T) {
        // A timer of the past goes to the bucket that the wheel stands on.
        let tick = deadline_mono_ms.div_ceil(TICK_MS).max(self.tick);
        self.place(Entry { tick, value });
        self.len += 1;
    }

    /// Moves the wheel to `now_mono_ms` and appends to `due` what has become due, in no particular
    /// order. A time before one already seen changes nothing but hands out what was due by then.
    ///
    /// The cost depends on the timers that move, not on the time that has passed.
    pub fn advance(&mut self, now_mono_ms: u64, due: &mut Vec<T>) {
        let now = now_mono_ms / TICK_MS;
        while let Some((level, slot, start)) = self.first_bucket() {
            if start > now {
                break;
            }
            self.tick = start;
            let mut bucket = self.levels[level].take(slot);
            for entry in bucket.drain(..) {
                if entry.tick <= now {
                    self.len -= 1;
                    due.push(entry.value);
                } else {
                    self.place(entry);
                }
            }
            self.levels[level].give_back(slot, bucket);
        }
        self.tick = self.tick.max(now);
    }

    /// When to call [`Wheel::advance`] next: no timer is due before it, though perhaps none is due
    /// then either. `None`: there is no timer.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.first_bucket().map(|(_, _, start)| start.saturating_mul(TICK_MS))
    }

    /// The time that the wheel has reached, monotonic milliseconds: that of the last
    /// [`Wheel::advance`], or a little before.
    #[must_use]
    pub fn reached_ms(&self) -> u64 {
        self.tick.saturating_mul(TICK_MS)
    }

    /// The number of timers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no timer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that the wheel takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let entries: usize = self.levels.iter().map(Level::capacity).sum();
        entries * size_of::<Entry<T>>() + LEVELS * size_of::<Level<T>>()
    }

    fn place(&mut self, entry: Entry<T>) {
        let level = level_of(self.tick, entry.tick);
        let slot = (entry.tick >> shift_of(level)) as usize % SLOTS;
        self.levels[level].push(slot, entry);
    }

    /// The bucket with the earliest timers: its level, its slot and the tick at which it begins.
    fn first_bucket(&self) -> Option<(usize, usize, u64)> {
        let (index, level) =
            self.levels.iter().enumerate().find(|(_, level)| level.occupied != 0)?;
        let slot = level.occupied.trailing_zeros();
        let shift = shift_of(index);
        // All timers of a level share with the wheel every bit above the level's own six.
        let above = self.tick >> shift >> BITS << BITS;
        Some((index, slot as usize, (above | u64::from(slot)) << shift))
    }
}

impl<T> fmt::Debug for Wheel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel").field("tick", &self.tick).field("len", &self.len).finish()
    }
}

#[derive(Clone, Copy)]
struct Entry<T> {
    tick: u64,
    value: T,
}

struct Level<T> {
    /// Bit n: bucket n holds something.
    occupied: u64,
    buckets: [Vec<Entry<T>>; SLOTS],
}

impl<T> Level<T> {
    fn push(&mut self, slot: usize, entry: Entry<T>) {
        let bucket = &mut self.buckets[slot];
        if bucket.len() == bucket.capacity() {
            bucket.reserve_exact((bucket.len() / 4).max(4));
        }
        bucket.push(entry);
        self.occupied |= 1 << slot;
    }

    fn take(&mut self, slot: usize) -> Vec<Entry<T>> {
        self.occupied &= !(1 << slot);
        mem::take(&mut self.buckets[slot])
    }

    /// Keeps the room of a small bucket, so that a few timers need no allocator.
    fn give_back(&mut self, slot: usize, emptied: Vec<Entry<T>>) {
        if emptied.capacity() <= KEPT_ENTRIES {
            self.buckets[slot] = emptied;
        }
    }

    fn capacity(&self) -> usize {
        self.buckets.iter().map(Vec::capacity).sum()
    }
}

impl<T> Default for Level<T> {
    fn default() -> Self {
        Self { occupied: 0, buckets: [const { Vec::new() }; SLOTS] }
    }
}

/// The level at which a timer of `tick` waits while the wheel stands at `wheel`.
fn level_of(wheel: u64, tick: u64) -> usize {
    let differing_bits = u64::BITS - (wheel ^ tick).leading_zeros();
    (differing_bits.saturating_sub(1) / BITS) as usize
}

/// How many low bits of a tick a level does not look at.
fn shift_of(level: usize) -> u32 {
    BITS * level as u32
}

/// Bits of a tick that one level tells apart.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Ten levels of six bits hold the 59 bits of the latest tick.
const LEVELS: usize = 10;
/// A bucket of up to so many entries keeps its memory when it is emptied.
const KEPT_ENTRIES: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn due_at(wheel: &mut Wheel<u32>, now: u64) -> Vec<u32> {
        let mut due = Vec::new();
        wheel.advance(now, &mut due);
        due.sort_unstable();
        due
    }

    #[test]
    fn a_timer_is_never_early_and_at_most_one_tick_late() {
        for deadline in [1, 63, 64, 65, 4_095, 4_096, 4_097, 90_000, 10_000_000] {
            let mut wheel = Wheel::new(0);
            wheel.insert(deadline, 7);
            assert_eq!(due_at(&mut wheel, deadline - 1), [], "{deadline}");
            let fired = (deadline..).find(|now| !due_at(&mut wheel, *now).is_empty());
            let fired = fired.expect("a counter reaches every deadline");
            assert!((deadline..deadline + TICK_MS).contains(&fired), "{deadline} fired at {fired}");
        }
    }

    #[test]
    fn a_deadline_of_the_past_is_due_at_once() {
        let mut wheel = Wheel::new(1_000_000);
        wheel.insert(5, 1);
        assert!(wheel.next_deadline().is_some_and(|deadline| deadline <= 1_000_000));
        assert_eq!(due_at(&mut wheel, 1_000_000), [1]);
        assert_eq!(wheel.next_deadline(), None);
    }

    #[test]
    fn sleeping_until_the_next_deadline_reaches_every_timer_in_few_steps() {
        let mut wheel = Wheel::new(12_345);
        let deadline = 12_345 + 200 * 365 * 86_400_000;
        wheel.insert(deadline, 1);
        let mut steps = 0;
        let mut now = 12_345;
        while due_at(&mut wheel, now).is_empty() {
            let next = wheel.next_deadline().expect("the timer has not fired");
            assert!(next > now, "sleeping makes progress");
            now = next;
            steps += 1;
        }
        assert!((deadline..deadline + TICK_MS).contains(&now));
        assert!(steps <= LEVELS, "{steps} steps");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let mut wheel = Wheel::new(0);
        wheel.insert(u64::MAX, 1);
        wheel.insert(u64::MAX - TICK_MS, 2);
        wheel.insert(0, 3);
        assert_eq!(due_at(&mut wheel, u64::MAX), [2, 3]);
        wheel.insert(u64::MAX, 4);
        wheel.insert(1, 5);
        assert_eq!(due_at(&mut wheel, u64::MAX), [5]);
        assert_eq!(wheel.len(), 2);
        assert_eq!(wheel.next_deadline(), Some(u64::MAX));
    }

    #[test]
    fn a_time_that_goes_back_is_ignored() {
        let mut wheel = Wheel::new(0);
        assert_eq!(due_at(&mut wheel, 1_000_000), []);
        wheel.insert(1_000_100, 1);
        assert_eq!(due_at(&mut wheel, 5), []);
        assert_eq!(due_at(&mut wheel, 1_000_164), [1]);
    }

    #[test]
    fn memory_follows_the_number_of_timers_both_ways() {
        let mut wheel = Wheel::new(0);
        for timer in 0..100_000_u64 {
            wheel.insert(90_000 + timer % 30_000, timer);
        }
        let full = wheel.bytes();
        assert!(full <= 100_000 * 16 * 5 / 4 + 200 * 1024, "{full} bytes for 100,000 timers");
        wheel.advance(200_000, &mut Vec::new());
        assert!(wheel.is_empty());
        assert!(wheel.bytes() <= 200 * 1024, "{} bytes when empty", wheel.bytes());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert { after_ms: u64 },
        InsertPast { before_ms: u64 },
        Advance { by_ms: u64 },
        AdvanceToNext,
    }

    /// Spans of every magnitude, so that all levels and jumps over many of them occur.
    fn span_ms() -> impl Strategy<Value = u64> {
        (0..63_u32, any::<u64>()).prop_map(|(bits, random)| random & ((1 << bits) - 1))
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => span_ms().prop_map(|after_ms| Step::Insert { after_ms }),
            1 => (0..500_u64).prop_map(|before_ms| Step::InsertPast { before_ms }),
            2 => (0..300_u64).prop_map(|by_ms| Step::Advance { by_ms }),
            1 => span_ms().prop_map(|by_ms| Step::Advance { by_ms }),
            2 => Just(Step::AdvanceToNext),
        ]
    }

    proptest! {
        #[test]
        fn the_wheel_agrees_with_an_ordered_map(
            start in prop_oneof![Just(0), span_ms()],
            steps in prop::collection::vec(step(), 1..200),
        ) {
            let mut now = start;
            let mut wheel = Wheel::new(now);
            let mut model = BTreeMap::<u64, Vec<u32>>::new();
            for (id, step) in (0..).zip(steps) {
                match step {
                    Step::Insert { after_ms } => {
                        let deadline = now.saturating_add(after_ms);
                        wheel.insert(deadline, id);
                        model.entry(deadline.div_ceil(TICK_MS)).or_default().push(id);
                    }
                    Step::InsertPast { before_ms } => {
                        let deadline = now.saturating_sub(before_ms);
                        wheel.insert(deadline, id);
                        model.entry(deadline.div_ceil(TICK_MS)).or_default().push(id);
                    }
                    Step::Advance { by_ms } => now = now.saturating_add(by_ms),
                    Step::AdvanceToNext => now = wheel.next_deadline().unwrap_or(now).max(now),
                }
                let later = model.split_off(&(now / TICK_MS + 1));
                let mut expected: Vec<u32> = model.into_values().flatten().collect();
                expected.sort_unstable();
                model = later;
                prop_assert_eq!(due_at(&mut wheel, now), expected);
                prop_assert_eq!(wheel.len(), model.values().map(Vec::len).sum::<usize>());
                let earliest = model.keys().next().map(|tick| tick.saturating_mul(TICK_MS));
                match (wheel.next_deadline(), earliest) {
                    (Some(bound), Some(earliest)) => {
                        prop_assert!(bound > now && bound <= earliest, "{bound} {earliest}");
                    }
                    (bound, earliest) => prop_assert_eq!(bound, earliest),
                }
            }
        }
    }
}
