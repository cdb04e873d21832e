//! Whether the node has too much to do, or too little memory, to take more.
//!
//! ```text
//!  load average, CPU, allocated memory ─┐
//!                                       ├─► Monitor ─► Overload ─► workers
//!  handshakes that workers have noted ──┘   (side runtime)  (atomics)
//! ```
//!
//! A [`Monitor`] samples; a reading at its bound sets a flag of the [`Overload`], and the flag is
//! cleared once the reading is below 95 % of the bound, so that it does not flicker. Workers read the
//! flags once per turn and know nothing of the readings.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use rmqtt_codec::ReasonCode;

mod bound;
mod limits;
mod machine;
mod memory;
mod monitor;
mod readings;

pub use limits::OverloadLimits;
pub use machine::MachineReadings;
pub use memory::memory_of_machine;
pub use monitor::Monitor;
pub use readings::Readings;

/// The machine has too much to do.
const BUSY: u8 = 1;
/// The process has reached its memory bound.
const MEMORY: u8 = 2;

/// What the node refuses at the moment. Written by the [`Monitor`], read by every worker.
#[derive(Debug)]
pub struct Overload {
    state: AtomicU8,
    /// Handshakes in progress, by worker.
    handshakes: Box<[AtomicUsize]>,
}

/// Why a CONNECT is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectRefusal {
    /// Load average, CPU or the number of handshakes has reached its bound.
    Busy,
    /// The memory bound is reached: a session more would be memory more.
    Memory,
}

impl Overload {
    /// Nothing is refused; `workers` may note their handshakes.
    #[must_use]
    pub fn new(workers: u16) -> Self {
        let handshakes = (0..workers).map(|_| AtomicUsize::new(0)).collect();
        Self { state: AtomicU8::new(0), handshakes }
    }

    /// Why a CONNECT is refused now, if it is.
    #[must_use]
    pub fn refuse_connects(&self) -> Option<ConnectRefusal> {
        let state = self.state.load(Ordering::Relaxed);
        if state & MEMORY != 0 {
            Some(ConnectRefusal::Memory)
        } else if state & BUSY != 0 {
            Some(ConnectRefusal::Busy)
        } else {
            None
        }
    }

    /// Are publishes refused that would have to be kept? Only for want of memory: a busy machine
    /// is paced by its sockets.
    #[must_use]
    pub fn refuse_publishes(&self) -> bool {
        self.state.load(Ordering::Relaxed) & MEMORY != 0
    }

    /// How many handshakes a worker has in progress. A number of a worker that does not exist is
    /// ignored.
    pub fn note_handshakes(&self, worker: u16, count: usize) {
        if let Some(noted) = self.handshakes.get(usize::from(worker)) {
            noted.store(count, Ordering::Relaxed);
        }
    }

    /// Handshakes in progress on the node.
    fn handshakes(&self) -> usize {
        self.handshakes.iter().map(|noted| noted.load(Ordering::Relaxed)).sum()
    }

    fn publish(&self, busy: bool, memory: bool) {
        let busy = if busy { BUSY } else { 0 };
        let memory = if memory { MEMORY } else { 0 };
        self.state.store(busy | memory, Ordering::Relaxed);
    }
}

impl ConnectRefusal {
    /// What CONNACK says to a client of MQTT 5; one of MQTT 3 gets the return code that this maps to.
    #[must_use]
    pub fn reason_code(self) -> ReasonCode {
        match self {
            Self::Busy => ReasonCode::ServerUnavailable,
            Self::Memory => ReasonCode::QuotaExceeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_outranks_a_busy_machine_and_alone_refuses_publishes() {
        let overload = Overload::new(1);
        assert_eq!(overload.refuse_connects(), None);
        overload.publish(true, false);
        assert_eq!(overload.refuse_connects(), Some(ConnectRefusal::Busy));
        assert!(!overload.refuse_publishes());
        overload.publish(true, true);
        assert_eq!(overload.refuse_connects(), Some(ConnectRefusal::Memory));
        assert!(overload.refuse_publishes());
    }

    #[test]
    fn a_refusal_is_code_3_for_mqtt_3_and_its_reason_for_mqtt_5() {
        for (refusal, code) in [(ConnectRefusal::Busy, 0x88), (ConnectRefusal::Memory, 0x97)] {
            assert_eq!(refusal.reason_code().as_u8(), code);
            assert_eq!(refusal.reason_code().connack_return_code_v3(), 3);
        }
    }

    #[test]
    fn handshakes_are_summed_over_the_workers() {
        let overload = Overload::new(2);
        overload.note_handshakes(0, 3);
        overload.note_handshakes(1, 4);
        overload.note_handshakes(2, 100);
        assert_eq!(overload.handshakes(), 7);
        overload.note_handshakes(0, 0);
        assert_eq!(overload.handshakes(), 4);
    }
}
