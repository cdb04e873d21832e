//! The list of all targets.

use std::fmt;

use crate::allocation::measured;
use crate::{configuration, conversation, decoding, topics};

/// Something that must hold for any bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// Panics when it does not hold.
    body: fn(&[u8]),
    /// Bytes that any input may take,
    fixed_bytes: usize,
    /// and those that each of its own bytes may take.
    bytes_per_byte: usize,
}

/// All of them.
pub const TARGETS: [Target; 5] = [DECODING_3, DECODING_5, TOPICS, CONVERSATION, CONFIGURATION];

/// Decoding of MQTT 3.1 and 3.1.1.
pub const DECODING_3: Target = Target {
    name: "decoding_3",
    body: decoding::version_3,
    // Each packet is noted by what it is encoded as, twice: an entry of 32 bytes and its text, in
    // vectors that double; a packet has at least two bytes.
    fixed_bytes: 4 << 10,
    bytes_per_byte: 160,
};

/// Decoding of MQTT 5.0.
pub const DECODING_5: Target =
    Target { name: "decoding_5", body: decoding::version_5, ..DECODING_3 };

/// Topic names, filters and their indexes.
pub const TOPICS: Target = Target {
    name: "topics",
    body: topics::run,
    // Empty indexes take 150,000 bytes. A level of one byte takes a node, a text, a place in two
    // hash tables, and what the model has of it.
    fixed_bytes: 256 << 10,
    bytes_per_byte: 1_000,
};

/// Clients, a node, and the time.
pub const CONVERSATION: Target = Target {
    name: "conversation",
    body: conversation::run,
    // Two workers and a directory are there before the first byte. A byte can be a step that is a
    // whole packet, and a message can be kept for every client.
    fixed_bytes: 4 << 20,
    bytes_per_byte: 40_000,
};

/// Configuration in all its formats, and the environment.
pub const CONFIGURATION: Target = Target {
    name: "configuration",
    body: configuration::run,
    // The catalogue of all keys is there before the first byte. Each value carries its whole path.
    fixed_bytes: 2 << 20,
    bytes_per_byte: 10_000,
};

impl Target {
    /// Checks that it holds for these bytes, and that the memory it takes is bounded by their
    /// number.
    ///
    /// # Panics
    /// When it does not hold.
    pub fn check(&self, input: &[u8]) {
        let ((), taken) = measured(|| (self.body)(input));
        let bytes_max = self.fixed_bytes + self.bytes_per_byte * input.len();
        assert!(
            taken.peak_bytes <= bytes_max,
            "{} took {} bytes of memory for {} bytes of input, more than {bytes_max}",
            self.name,
            taken.peak_bytes,
            input.len()
        );
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.name).finish()
    }
}
